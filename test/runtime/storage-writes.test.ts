import { expect, it } from "vitest";
import { bundle } from "../features/compression/bundles.ts";
import { send } from "../support/client.ts";
import { startCloudflareStorage } from "../support/cloudflare-storage.ts";
import { named, startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES } from "../support/runtimes.ts";

it("a deploy writes to R2 and KV a few times on Workers, and requests write nothing", async () => {
  const origin = await startDictionaryOrigin();
  const storage = await startCloudflareStorage();
  const proxy = await RUNTIMES.workerd({
    origin: origin.url,
    storage,
    rules: { defaults: { compression: { dictionary: { match: "/app.*.js" } } } },
  });
  const [v1, v2] = [1, 2].map((number) => Buffer.from(bundle(number))) as [Buffer, Buffer];
  origin.files.set("/app.1.js", { content: v1 });
  origin.files.set("/app.2.js", { content: v2 });
  const plain = (target: string) =>
    send(proxy.url + target, { headers: { "accept-encoding": "br" } });
  const delta = () =>
    send(`${proxy.url}/app.2.js`, {
      headers: { "accept-encoding": "br, dcb", "available-dictionary": named(v1) },
    });
  const round = async (): Promise<void> => {
    for (const ask of [() => plain("/app.1.js"), () => plain("/app.2.js"), delta]) {
      const got = await ask();
      expect(got.status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  for (let i = 0; i < 5; i++) await round();
  const writes = [...storage.writes];
  const count = (kind: string): number => writes.filter((each) => each === kind).length;
  // Two dictionaries, two best codings, one delta; each URL when it is new and when it has its coding.
  expect(count("r2 put")).toBeLessThanOrEqual(5);
  expect(count("kv put")).toBeLessThanOrEqual(4);
  expect(count("r2 put")).toBeGreaterThan(0);
  for (let i = 0; i < 10; i++) await round();
  expect(storage.writes).toEqual(writes);
  await proxy.close();
  storage.close();
  await origin.close();
});
