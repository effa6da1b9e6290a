import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../features/compression/bundles.ts";
import { send } from "../support/client.ts";
import { named, startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

describe.each(["node", "workerd"] as RuntimeName[])("without a cache on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { defaults: { compression: { dictionary: { match: "/app.*.js" } } } },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  it.each([
    ["without a dictionary", undefined],
    ["with a dictionary that nobody knows", Buffer.from("made up")],
  ])("a best coding is sent each time that the origin confirms it, %s", async (name, offered) => {
    const target = `/app.${name.length}.js`;
    origin.files.set(target, { content: Buffer.from(bundle(1)) });
    const headers = {
      "accept-encoding": "br, dcb",
      ...(offered && { "available-dictionary": named(offered) }),
    };
    const get = () => send(proxy.url + target, { headers });
    const isHit = async () => String((await get()).headers["cache-status"]).includes("hit");
    for (let i = 0; i < 60 && !(await isHit()); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    origin.asked.length = 0;
    for (let i = 0; i < 5; i++) expect(await isHit()).toBe(true);
    const confirmed = origin.asked.filter((each) => each.headers["if-none-match"] !== undefined);
    expect([origin.asked.length, confirmed.length]).toEqual([5, 5]);
  });
});
