import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brotliDecompressSync, zstdDecompressSync } from "node:zlib";
import { bundle } from "../features/compression/bundles.ts";
import { runCommand } from "../support/cli.ts";
import { send, type RawResponse } from "../support/client.ts";
import { named, startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const TOKEN = "the-token-of-the-operator";

describe.each(["node", "workerd"] as RuntimeName[])("a purge of dictionaries on %s", (runtime) => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      purgeToken: TOKEN,
      rules: {
        defaults: { compression: true },
        rules: [
          {
            name: "one",
            match: { path: "/one/*" },
            compression: { dictionary: { match: "/one/app.*.js" } },
          },
          {
            name: "two",
            match: { path: "/two/*" },
            compression: { dictionary: { match: "/two/app.*.js" } },
          },
          { name: "own", match: { path: "/own/*" }, compression: { dictionary: true } },
          { name: "found", match: { path: "/auto/*" }, compression: { dictionary: true } },
        ],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const version = (number: number): Buffer => Buffer.from(bundle(number));
  const put = (target: string, content: Buffer, fields: Record<string, string> = {}): void =>
    void origin.files.set(target, { content, fields });
  const plain = (target: string) =>
    send(proxy.url + target, { headers: { "accept-encoding": "br" } });
  const offering = (target: string, dictionary: Buffer) =>
    send(proxy.url + target, {
      headers: { "accept-encoding": "br, dcz", "available-dictionary": named(dictionary) },
    });
  const coding = ({ headers }: RawResponse) => headers["content-encoding"];
  const isStored = ({ headers }: RawResponse) => String(headers["cache-status"]).includes("hit");
  const decoded = (got: RawResponse, dictionary: Buffer): Buffer =>
    coding(got) === "dcz"
      ? zstdDecompressSync(got.body.subarray(40), { dictionary })
      : brotliDecompressSync(got.body);
  const until = async (ask: () => Promise<RawResponse>, wanted: (got: RawResponse) => boolean) => {
    for (let i = 0; ; i++) {
      const got = await ask();
      if (wanted(got) || i === 60) return got;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const purge = async (body: object): Promise<void> => {
    const { status } = await send(`${proxy.url}/.wayleave/purge`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify(body),
    });
    expect(status).toBe(200);
  };
  /** A deploy of two versions, the delta between them and the plain coding of the second kept. */
  const deployed = async (folder: string): Promise<void> => {
    put(`/${folder}/app.1.js`, version(1));
    put(`/${folder}/app.2.js`, version(2));
    await plain(`/${folder}/app.1.js`);
    const delta = await until(
      () => offering(`/${folder}/app.2.js`, version(1)),
      (got) => coding(got) === "dcz" && isStored(got),
    );
    expect([coding(delta), isStored(delta)]).toEqual(["dcz", true]);
    expect(isStored(await until(() => plain(`/${folder}/app.2.js`), isStored))).toBe(true);
  };

  it("by URL makes the proxy request it again, and leaves the dictionaries", async () => {
    await deployed("one");
    await purge({ url: `${proxy.url}/one/app.2.js` });
    const before = origin.asked.length;
    const got = await offering("/one/app.2.js", version(1));
    expect(origin.asked.length).toBe(before + 1);
    expect(coding(got)).toBe("dcz");
    expect(decoded(got, version(1)).equals(version(2))).toBe(true);
  });

  it("by URL overtakes an entity tag that the origin did not change", async () => {
    put("/one/app.same.js", version(3), { etag: '"same"' });
    await until(() => offering("/one/app.same.js", version(1)), isStored);
    put("/one/app.same.js", version(4), { etag: '"same"' });
    await purge({ url: `${proxy.url}/one/app.same.js` });
    for (const _ of [1, 2, 3]) {
      const got = await offering("/one/app.same.js", version(1));
      expect(decoded(got, version(1)).equals(version(4))).toBe(true);
    }
  });

  it("by group removes its dictionaries and deltas, and no other group's", async () => {
    await deployed("one");
    await deployed("two");
    process.env["PURGE_TOKEN"] = TOKEN;
    const ended = await runCommand(tmpdir(), [
      "purge",
      "--group",
      "/one/app.*.js",
      "--proxy",
      proxy.url,
    ]);
    delete process.env["PURGE_TOKEN"];
    expect(ended.err).toBe("");
    const before = origin.asked.length;
    const got = await offering("/one/app.2.js", version(1));
    expect([coding(got), origin.asked.length]).toEqual(["br", before + 1]);
    // It is offered as a dictionary, so it is one again.
    expect(got.headers["use-as-dictionary"]).toBe('match="/one/app.*.js"');
    const other = await offering("/two/app.2.js", version(1));
    expect([coding(other), isStored(other)]).toEqual(["dcz", true]);
    put("/one/app.3.js", version(3));
    const next = await until(
      () => offering("/one/app.3.js", version(2)),
      (each) => coding(each) === "dcz",
    );
    expect(decoded(next, version(2)).equals(version(3))).toBe(true);
  });

  it("by group makes the automatic mode learn again", async () => {
    const names = ["BqXz3k2a", "f9Tr81Lm"].map((hash) => `/auto/index-${hash}.js`);
    const [first = "", second = ""] = names;
    put(first, version(1));
    put(second, version(2));
    for (const agent of ["visitor 1", "visitor 2"]) {
      await send(proxy.url + first, {
        headers: { "accept-encoding": "br", "user-agent": agent },
      });
    }
    const ask = () => offering(second, version(1));
    expect(coding(await until(ask, (each) => coding(each) === "dcz"))).toBe("dcz");
    await purge({ group: "/auto/index-*.js" });
    expect(coding(await ask())).toBe("br");
  });

  it("by URL removes a delta of the origin's own", async () => {
    const own = { "use-as-dictionary": 'match="/own/app.*.js"' };
    put("/own/app.1.js", version(1), own);
    put("/own/app.2.js", version(2), own);
    await plain("/own/app.1.js");
    const ask = () => offering("/own/app.2.js", version(1));
    expect(isStored(await until(ask, isStored))).toBe(true);
    await purge({ url: `${proxy.url}/own/app.2.js` });
    expect(isStored(await ask())).toBe(false);
  });

  it("of all removes everything", async () => {
    await deployed("one");
    await deployed("two");
    await purge({ all: true });
    for (const folder of ["one", "two"]) {
      const got = await offering(`/${folder}/app.2.js`, version(1));
      expect([coding(got), isStored(got)]).toEqual(["br", false]);
    }
  });
});
