import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../features/compression/bundles.ts";
import { open, send, type RawResponse } from "../support/client.ts";
import { named, sha256 } from "../support/dictionary-origin.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const version = (number: number, bytes = 20_000): Buffer => Buffer.from(bundle(number, bytes));
const MAX_BYTES = 30_000;
const INLINE_BYTES = 25_000;

const settle = () => new Promise((resolve) => setTimeout(resolve, 100));

function decoded({ headers, body }: RawResponse, dictionary?: Buffer): Buffer {
  switch (headers["content-encoding"]) {
    case "br":
      return brotliDecompressSync(body);
    case "gzip":
      return gunzipSync(body);
    case "dcz":
      return zstdDecompressSync(body.subarray(40), {
        dictionary: dictionary ?? Buffer.alloc(0),
      });
    default:
      return body;
  }
}

describe.each(["node", "workerd"] as RuntimeName[])(
  "details of stored responses, on %s",
  (runtime) => {
    let origin: TestOrigin;
    let proxy: Proxy;
    beforeAll(async () => {
      origin = await startOrigin();
      proxy = await RUNTIMES[runtime]({
        origin: origin.url,
        rules: {
          defaults: { compression: true, cache: { after: 100 } },
          rules: [
            {
              name: "managed",
              match: { path: "/m/*" },
              compression: {
                dictionary: {
                  match: "/m/*",
                  maxBytes: MAX_BYTES,
                  budget: { inlineBytes: INLINE_BYTES },
                },
              },
            },
          ],
        },
      });
    });
    afterAll(async () => {
      await proxy?.close();
      await origin?.close();
    });

    const etagOf = (content: Buffer): string => `"${sha256(content).toString("hex").slice(0, 8)}"`;

    /** Serves content as a careful origin does, with more fields for 200 and for 304. */
    const put = (
      path: string,
      content: Buffer,
      more: Record<string, string> = {},
      confirming: Record<string, string> = {},
    ): void => {
      const etag = etagOf(content);
      const fields = {
        "content-type": "text/javascript",
        "cache-control": "public, max-age=600",
        "last-modified": "Sat, 01 Jan 2022 00:00:00 GMT",
        etag,
        ...more,
      };
      origin.routes.set(path, (request: IncomingMessage, response: ServerResponse) => {
        const { "if-match": required, "if-none-match": held, range } = request.headers;
        if (required !== undefined && required !== "*" && !required.includes(etag)) {
          response.writeHead(412).end();
        } else if (held?.includes(etag) === true) {
          response.writeHead(304, { ...fields, ...confirming }).end();
        } else if (range === "bytes=0-9") {
          const total = `bytes 0-9/${content.length}`;
          response
            .writeHead(206, { ...fields, "content-range": total, "content-length": "10" })
            .end(content.subarray(0, 10));
        } else {
          response.writeHead(200, { ...fields, "content-length": String(content.length) });
          response.end(request.method === "HEAD" ? undefined : content);
        }
      });
    };
    const askedFor = (path: string) => origin.requests.filter(({ url }) => url === path);
    const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
      send(proxy.url + path, { headers: { "accept-encoding": "br", ...headers }, method });
    const offer = (dictionary: Buffer) => ({
      "accept-encoding": "br, dcz",
      "available-dictionary": named(dictionary),
    });

    /** Asks until what is kept is sent. */
    const keep = async (path: string): Promise<RawResponse> => {
      for (let i = 0; ; i++) {
        const got = await get(path);
        if (String(got.headers["cache-status"]).includes("hit") || i === 20) return got;
        await settle();
      }
    };

    it("answers no precondition or part that it can't", async () => {
      put("/parts", version(1));
      const kept = await keep("/parts");
      const tag = kept.headers.etag ?? "";
      expect(tag).toMatch(/^W\/".+;wl=br"$/);
      const part = await get("/parts", { range: "bytes=0-9" });
      expect([part.status, part.body.equals(version(1).subarray(0, 10))]).toEqual([206, true]);
      const ifRange = await get("/parts", { range: "bytes=0-9", "if-range": tag });
      expect([ifRange.status, decoded(ifRange).equals(version(1))]).toEqual([200, true]);
      expect((await get("/parts", { "if-match": tag })).status).toBe(200);
      expect((await get("/parts", { "if-match": '"other"' })).status).toBe(412);
      const before = askedFor("/parts").length;
      const since = { "if-unmodified-since": "Sat, 01 Jan 2022 00:00:00 GMT" };
      expect((await get("/parts", since)).status).toBe(200);
      expect(askedFor("/parts").length).toBe(before + 1);
      const date = { "if-modified-since": "Sat, 01 Jan 2022 00:00:00 GMT" };
      expect((await get("/parts", date)).status).toBe(304);
      const later = { "if-modified-since": "Sun, 02 Jan 2022 00:00:00 GMT" };
      expect((await get("/parts", later)).status).toBe(304);
      const earlier = { "if-modified-since": "Fri, 31 Dec 2021 23:59:59 GMT" };
      expect((await get("/parts", earlier)).status).toBe(200);
      const both = await get("/parts", { ...date, "if-none-match": '"other"' });
      expect(both.status).toBe(200);
    });

    it.each([
      ["cache-control", "no-cache"],
      ["cache-control", "max-age=0"],
      ["pragma", "no-cache"],
    ])("sends the request to the origin if the client says %s: %s", async (name, value) => {
      const fields = { [name]: value };
      const path = `/fresh-${name}-${value}`;
      put(path, version(1));
      await keep(path);
      const before = askedFor(path).length;
      const got = await get(path, fields);
      expect(decoded(got).equals(version(1))).toBe(true);
      const [asked] = askedFor(path).slice(before);
      expect(asked?.headers["if-none-match"]).toBe(etagOf(version(1)));
      put(path, version(2));
      const next = await get(path, fields);
      expect(decoded(next).equals(version(2))).toBe(true);
    });

    it("adopts the fields of a 304, and is dropped once they make it private", async () => {
      put("/news", version(1));
      await keep("/news");
      put("/news", version(1), {}, { "x-new": "1" });
      const confirmed = await get("/news", { "cache-control": "no-cache" });
      expect([confirmed.status, confirmed.headers["x-new"]]).toEqual([200, "1"]);
      expect((await get("/news")).headers["x-new"]).toBe("1");
      put("/news", version(1), {}, { "set-cookie": "session=one" });
      const own = await get("/news", { "cache-control": "no-cache" });
      expect(own.headers["set-cookie"]).toEqual(["session=one"]);
      await settle();
      const before = askedFor("/news").length;
      const other = await get("/news");
      expect(other.headers["set-cookie"]).toBeUndefined();
      expect(askedFor("/news").length).toBe(before + 1);
    });

    it.each([404, 410])("is dropped by a %i", async (status) => {
      const path = `/gone-${status}`;
      put(path, version(1));
      await keep(path);
      origin.routes.set(path, (_request, response) => void response.writeHead(status).end("gone"));
      expect((await get(path, { "cache-control": "no-cache" })).status).toBe(status);
      expect((await get(path)).status).toBe(status);
    });

    it("serves nothing that was stale when it came, whatever else the origin allows", async () => {
      const lax = "max-age=60, stale-while-revalidate=600, stale-if-error=600";
      put("/old", version(1), { age: "61", "cache-control": lax });
      for (let i = 0; i < 4; i++) {
        expect(decoded(await get("/old")).equals(version(1))).toBe(true);
        await settle();
      }
      origin.routes.set("/old", (_request, response) => void response.writeHead(503).end("down"));
      expect((await get("/old")).status).toBe(503);
    });

    it("stores the variants of the origin separately", async () => {
      put("/words", version(1), { vary: "Accept-Language" });
      const ask = (language: string) => get("/words", { "accept-language": language });
      for (let i = 0; i < 4; i++) {
        await ask("de");
        await settle();
      }
      put("/words", version(2), { vary: "Accept-Language" });
      expect(decoded(await ask("en")).equals(version(2))).toBe(true);
      expect((await ask("en")).headers.vary).toContain("Accept-Language");
    });

    it("is never incomplete content nor an aborted client's, and no request waits for either", async () => {
      put("/m/base", version(1));
      await get("/m/base");
      await settle();
      const half = version(2).subarray(0, 9000);
      origin.routes.set("/m/torn", (_request, response) => {
        const fields = { "content-type": "text/javascript", "cache-control": "max-age=600" };
        response.writeHead(200, { ...fields, "content-length": "20000" });
        response.write(half, () => setTimeout(() => response.destroy(), 20));
      });
      for (const fields of [{}, offer(version(1))]) {
        const got = await get("/m/torn", fields).catch(() => undefined);
        // Cut off, or the problem page of a gateway: nothing that looks whole.
        if (got?.status === 200) expect(decoded(got).length).toBeLessThanOrEqual(9000);
      }
      await settle();
      put("/m/next", version(3));
      const plain = await get("/m/next", offer(half));
      expect(plain.headers["content-encoding"]).toBe("br");

      put("/m/aborted", version(4));
      for (let i = 0; i < 3; i++) {
        const aborted = await open(`${proxy.url}/m/aborted`, { headers: offer(version(1)) });
        aborted.destroy();
        await once(aborted, "close");
      }
      const got = await get("/m/aborted", offer(version(1)));
      expect(got.headers["content-encoding"]).toBe("dcz");
      expect(decoded(got, version(1)).equals(version(4))).toBe(true);
    });

    it("serves the same right delta to all simultaneous first requests", async () => {
      put("/m/crowd.1", version(5));
      put("/m/crowd.2", version(6));
      await get("/m/crowd.1");
      await settle();
      const all = await Promise.all(
        Array.from({ length: 60 }, () => get("/m/crowd.2", offer(version(5)))),
      );
      for (const got of all) {
        expect([got.status, decoded(got, version(5)).equals(version(6))]).toEqual([200, true]);
      }
      expect(new Set(all.map(({ body }) => body.length)).size).toBe(1);
    });

    it.each([0, 1, 511, 512, INLINE_BYTES, INLINE_BYTES + 1, MAX_BYTES, MAX_BYTES + 1])(
      "is right for content of %i bytes",
      async (bytes) => {
        const [one, two] = [version(7, bytes), version(8, bytes)];
        put(`/m/one-${bytes}`, one);
        put(`/m/two-${bytes}`, two);
        expect(decoded(await get(`/m/one-${bytes}`)).equals(one)).toBe(true);
        await settle();
        for (let i = 0; i < 3; i++) {
          const got = await get(`/m/two-${bytes}`, offer(one));
          expect([got.status, decoded(got, one).equals(two)]).toEqual([200, true]);
          const head = await get(`/m/two-${bytes}`, offer(one), "HEAD");
          expect([head.status, head.body.length]).toEqual([200, 0]);
          await settle();
        }
        const last = await get(`/m/two-${bytes}`, offer(one));
        const isDelta = bytes > 1000 && bytes <= MAX_BYTES;
        if (bytes > 512) expect(last.headers["content-encoding"]).toBe(isDelta ? "dcz" : "br");
      },
    );

    it("follows early hints, and has no trailers that it may contradict", async () => {
      origin.routes.set("/hints", (_request, response) => {
        response.writeEarlyHints({ link: "</a.css>; rel=preload; as=style" });
        const fields = { "content-type": "text/javascript", "cache-control": "max-age=600" };
        response.writeHead(200, { ...fields, etag: '"h"', trailer: "digest" });
        response.write(version(1));
        response.addTrailers({ digest: "sha-256=of-the-original" });
        response.end();
      });
      for (let i = 0; i < 3; i++) {
        const got = await get("/hints");
        expect([got.status, decoded(got).equals(version(1))]).toEqual([200, true]);
        await settle();
      }
    });
  },
);
