import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { bundle } from "../features/compression/bundles.ts";
import { send, type RawResponse } from "../support/client.ts";
import { decodeDcb } from "../support/decode-dcb.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { named } from "../support/dictionary-origin.ts";

const CONTROL = { "cache-control": "public, max-age=600" };

describe.each(["node", "workerd"] as RuntimeName[])("after a deploy, on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  let count = 0;
  beforeAll(async () => {
    origin = await startOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        agents: { trustedProxyHops: 1 },
        defaults: { cache: true, compression: { dictionary: true } },
        rules: [
          {
            name: "managed",
            match: { path: "/managed/*" },
            compression: { dictionary: { match: "/managed/app.*.js" } },
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
    ["automatic", 0, (version: number) => `/automatic/app-${version}.js`],
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
});

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
