import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../features/compression/bundles.ts";
import { send, type RawResponse } from "../support/client.ts";
import { named, startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const page = (number: number): Buffer =>
  Buffer.from(
    `<!doctype html><title>${number}</title>${bundle(1, 20_000)}<p>${bundle(number, 300)}`,
  );
const HTML = "text/html";

describe.each(["node", "workerd"] as RuntimeName[])("automatic dictionaries on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    const access = { action: "challenge", sharedCaches: "allow" };
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { compression: { dictionary: true }, markdown: true },
        rules: [
          {
            name: "members",
            match: { path: ["/blog/members-*", "/data/*"], agent: { name: "GPTBot" } },
            access,
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const put = (target: string, content: Buffer, type = HTML): void =>
    void origin.files.set(target, { content, type });
  const get = (target: string, agent: string, dictionary?: Buffer): Promise<RawResponse> =>
    send(proxy.url + target, {
      headers: {
        "accept-encoding": dictionary === undefined ? "br" : "br, dcb, dcz",
        "user-agent": agent,
        ...(dictionary && { "available-dictionary": named(dictionary) }),
      },
    });
  const isOffered = async (target: string, rounds: number): Promise<boolean> => {
    for (let i = 0; i < rounds; i++) {
      if ("use-as-dictionary" in (await get(target, `visitor ${i % 2}`)).headers) return true;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
  };
  const codingOf = async (target: string, dictionary: Buffer, rounds: number): Promise<unknown> => {
    for (let i = 0; i < rounds; i++) {
      const coding = (await get(target, "visitor", dictionary)).headers["content-encoding"];
      if (coding !== "br") return coding;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return "br";
  };

  it("are pages that no client can be refused, and not their guarded neighbours", async () => {
    for (let i = 1; i <= 4; i++) {
      put(`/blog/post-${i}`, page(i));
      put(`/blog/members-${i}`, page(10 + i));
      for (const agent of ["one", "another"]) {
        await get(`/blog/post-${i}`, agent);
        await get(`/blog/members-${i}`, agent);
      }
    }
    let address: string | undefined;
    for (let i = 0; i < 100 && address === undefined; i++) {
      const { headers } = await get(`/blog/post-${(i % 4) + 1}`, "visitor");
      address = /<([^>]*)>; rel="compression-dictionary"/.exec(String(headers["link"]))?.[1];
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const dictionary = brotliDecompressSync((await get(address ?? "", "visitor")).body);
    expect(dictionary.includes(bundle(1, 20_000).slice(1000, 3000))).toBe(true);
    expect(await codingOf("/blog/post-1", dictionary, 60)).toBe("dcb");

    for (let i = 1; i <= 4; i++) {
      expect(dictionary.includes(bundle(10 + i, 300).slice(20, 120))).toBe(false);
      expect(String((await get(`/blog/members-${i}`, "visitor")).headers["link"])).not.toContain(
        "dictionary",
      );
      expect(await codingOf(`/blog/members-${i}`, dictionary, 2)).toBe("br");
    }
  });

  it("are not made of guarded text of any kind, but of the scripts beside it", async () => {
    for (const [at, hash] of ["Zq81kLw0", "Hh3Pq77x"].entries()) {
      for (const [name, type] of [
        ["report", "text/plain"],
        ["app", "text/javascript"],
      ] as const) {
        const target = `/data/${name}-${hash}.${name === "app" ? "js" : "txt"}`;
        put(target, Buffer.from(bundle(at + 1)), type);
        for (const agent of ["one", "another"]) await get(target, agent);
      }
    }
    expect(await isOffered("/data/app-Hh3Pq77x.js", 60)).toBe(true);
    expect(await isOffered("/data/report-Hh3Pq77x.txt", 6)).toBe(false);
  });
});
