import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { bundle } from "../features/compression/bundles.ts";
import { send, type RawResponse } from "../support/client.ts";
import { decodeDcb } from "../support/decode-dcb.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { named } from "../support/dictionary-origin.ts";

const TOKEN = "the-token-of-the-operator";
const CONTROL = { "cache-control": "public, max-age=600" };

describe.each(["node", "workerd"] as RuntimeName[])("after a deploy, on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  let count = 0;
  beforeAll(async () => {
    origin = await startOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      adminToken: TOKEN,
      rules: {
        agents: { trustedProxyHops: 1 },
        defaults: { cache: true, compression: { dictionary: true } },
        rules: [
          {
            name: "managed",
            match: { path: "/managed/*" },
            compression: { dictionary: { match: ["/managed/app.*.js", "/managed/warm.*.js"] } },
          },
        ],
      },
    });
  });
  beforeEach(() => void (count = 0));
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  /** Publishes a script; the origin server takes a moment to send it. */
  function publish(path: string, content: Buffer): void {
    origin.routes.set(path, (_request, response) => {
      count += 1;
      setTimeout(() => {
        response.writeHead(200, { ...CONTROL, "content-type": "text/javascript" });
        response.end(content);
      }, 300);
    });
  }
  const get = (path: string, client: number, headers: Record<string, string> = {}) =>
    send(proxy.url + path, {
      headers: { "x-forwarded-for": `198.51.${client}.7`, ...headers },
    });

  it.each([
    ["managed", 1, (version: number) => `/managed/app.${version}.js`],
    ["automatic", 0, (version: number) => `/automatic/app-1.0.${version}.js`],
  ])("asks once for a crowd of all kinds of clients, in %s mode", async (_mode, least, pathOf) => {
    const [first, second] = [1, 2].map((version) => Buffer.from(bundle(version, 30_000)));
    if (first === undefined || second === undefined) throw new Error("no bundles");
    publish(pathOf(1), first);
    for (const client of [1, 2, 3]) await get(pathOf(1), client);
    publish(pathOf(2), second);
    count = 0;
    const codings = ["gzip", "br", "zstd, br, gzip", "identity", "gzip, br, zstd, dcb, dcz"];
    const clients = codings.flatMap((accepted) => [
      { "accept-encoding": accepted },
      { "accept-encoding": accepted, "available-dictionary": named(first) },
      { "accept-encoding": accepted, cookie: "_ga=GA1.2" },
    ]);
    const all = await Promise.all(clients.map((each, i) => get(pathOf(2), i, each)));
    expect(all.map((each) => decoded(each, first).equals(second))).toEqual(all.map(() => true));
    // One more may bring evidence that the content is the same without cookies.
    expect(count).toBeLessThanOrEqual(2);
    const deltas = all.filter(({ headers }) => /dc[bz]/.test(headers["content-encoding"] ?? ""));
    expect(deltas.length).toBeGreaterThanOrEqual(least);
  });

  const post = (
    content: unknown,
    headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` },
  ) =>
    send(`${proxy.url}/.wayleave/warm`, { method: "POST", headers, body: JSON.stringify(content) });
  /** Prepares addresses, as the operator does after a deploy. */
  async function warm(...paths: string[]): Promise<Warmed[]> {
    const { status, body } = await post({ urls: paths.map((path) => proxy.url + path) });
    expect([status, body.toString()]).toEqual([200, body.toString()]);
    return (JSON.parse(body.toString()) as { warmed: Warmed[] }).warmed;
  }

  it.each([
    ["managed", (version: number) => `/managed/warm.${version}.js`],
    ["automatic", (version: number) => `/warm/main-1.0.${version}.js`],
  ])("has the best codings ready before the first client, in %s mode", async (_mode, pathOf) => {
    const [first, second] = [11, 12].map((version) => Buffer.from(bundle(version, 30_000)));
    if (first === undefined || second === undefined) throw new Error("no bundles");
    publish(pathOf(1), first);
    await warm(pathOf(1));
    for (const client of [1, 2, 3]) await get(pathOf(1), client, { "accept-encoding": "br, dcb" });
    publish(pathOf(2), second);
    const [ready] = await warm(pathOf(2));
    expect(ready?.bytes).toBe(second.length);
    const codings = ["br", "zstd", "gzip", "dcb", "dcz"];
    expect(ready?.ready.map(({ coding }) => coding)).toEqual(codings);
    count = 0;
    // Each client gets what is ready, in the coding that it prefers.
    for (const [i, { coding, bytes }] of (ready?.ready ?? []).entries()) {
      const isDelta = coding.startsWith("dc");
      const offer = isDelta ? { "available-dictionary": named(first) } : {};
      const got = await get(pathOf(2), i, { "accept-encoding": coding, ...offer });
      expect([got.headers["content-encoding"], got.body.length]).toEqual([coding, bytes]);
      expect(decoded(got, first).equals(second)).toBe(true);
    }
    // The cache has what the operator asked for, at its first request.
    expect(count).toBe(0);
  });

  it("prepares what the origin server sends now, not what is stored", async () => {
    const path = "/managed/app.main.js";
    const [first, second] = [21, 22].map((version) => Buffer.from(bundle(version, 30_000)));
    if (first === undefined || second === undefined) throw new Error("no bundles");
    publish(path, first);
    for (const client of [1, 2, 3]) await get(path, client);
    publish(path, second);
    expect((await warm(path))[0]?.bytes).toBe(second.length);
    const delta = await get(path, 4, {
      "accept-encoding": "br, dcb",
      "available-dictionary": named(first),
    });
    expect(decoded(delta, first).equals(second)).toBe(true);
  });

  it("says why an address is not prepared, and refuses strangers and other sites", async () => {
    origin.routes.set("/own.js", (_request, response) => {
      response.writeHead(200, { "content-type": "text/javascript", "cache-control": "private" });
      response.end(bundle(3, 30_000));
    });
    const [own, missing] = await warm("/own.js", "/nothing.js");
    expect([own?.status, own?.ready, own?.reason]).toEqual([200, [], "not-public"]);
    expect([missing?.status, missing?.ready]).toEqual([404, []]);
    const urls = [`${proxy.url}/own.js`];
    expect((await post({ urls }, {})).status).toBe(401);
    expect((await post({ urls: ["https://other.example/app.js"] })).status).toBe(403);
    for (const faulty of [
      {},
      { urls: [] },
      { urls: [1] },
      { urls: Array.from({ length: 101 }, () => urls[0]) },
    ]) {
      expect((await post(faulty)).status).toBe(400);
    }
  });
});

interface Warmed {
  readonly status?: number;
  readonly bytes?: number;
  readonly ready: readonly { readonly coding: string; readonly bytes: number }[];
  readonly reason?: string;
}

function decoded({ headers, body }: RawResponse, dictionary: Buffer): Buffer {
  switch (headers["content-encoding"]) {
    case "gzip":
      return gunzipSync(body);
    case "br":
      return brotliDecompressSync(body);
    case "zstd":
      return zstdDecompressSync(body);
    case "dcb":
      return Buffer.from(decodeDcb(body.subarray(36), dictionary));
    case "dcz":
      return zstdDecompressSync(body.subarray(40), { dictionary });
    default:
      return body;
  }
}
