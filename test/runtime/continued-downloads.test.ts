import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const DATE = "Sun, 01 Nov 2026 00:00:00 GMT";
const LINES = Array.from({ length: 400 }, (_, i) => `export const a${i} = ${i * i * 7919};\n`);
const PLAIN = Buffer.from(LINES.join(""));
const CODINGS = { zstd: zstdCompressSync(PLAIN), gzip: gzipSync(PLAIN), identity: PLAIN };

/** Codes by its own preference, and tells versions apart by date alone. */
function answer({ headers }: IncomingMessage, to: ServerResponse): void {
  const accepted = headers["accept-encoding"]?.toString() ?? "";
  const coding = (["zstd", "gzip"] as const).find((name) => accepted.includes(name)) ?? "identity";
  const content = CODINGS[coding];
  const start = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
  const fields = {
    "content-type": "text/javascript",
    "last-modified": DATE,
    "cache-control": "public, max-age=600",
    vary: "Accept-Encoding",
    ...(coding === "identity" ? {} : { "content-encoding": coding }),
  };
  if (start === undefined) return void to.writeHead(200, fields).end(content);
  const range = `bytes ${start}-${content.length - 1}/${content.length}`;
  to.writeHead(206, { ...fields, "content-range": range }).end(content.subarray(Number(start)));
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "a download that continues by date, on %s",
  (runtime) => {
    const server = createServer(answer);
    let proxy: Proxy;

    beforeAll(async () => {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const rules = {
        defaults: { compression: { dictionary: { match: "/*" } } },
        rules: [
          { name: "auto", match: { path: "/auto/*" }, compression: { dictionary: true } },
          { name: "cached", match: { path: "/cached/*" }, cache: { after: 1 }, compression: true },
        ],
      };
      proxy = await RUNTIMES[runtime]({ origin: `http://127.0.0.1:${port}`, rules });
    }, 60_000);
    afterAll(async () => {
      await proxy?.close();
      server.closeAllConnections();
      server.close();
    });

    const codings = ["zstd, gzip", "gzip, br, zstd", "gzip", "identity", undefined];
    const cases = ["/app.js", "/auto/app.js", "/video.mp4"].flatMap((path) =>
      codings.map((coding) => [path, coding] as const),
    );

    it.each(codings)(
      "gets from the cache, accepting %s, the rest of the coding that it has, or the whole",
      async (coding) => {
        const path = `/cached/${String(coding).replaceAll(/\W/g, "")}.js`;
        const accept: Record<string, string> =
          coding === undefined ? {} : { "accept-encoding": coding };
        let whole = await send(proxy.url + path, { headers: accept });
        // The best coding is stored in place of the origin's after a few requests.
        for (let i = 0; i < 40 && whole.headers["content-encoding"] !== "br"; i++) {
          if (coding?.includes("br") !== true && i === 4) break;
          await new Promise((resolve) => setTimeout(resolve, 50));
          whole = await send(proxy.url + path, { headers: accept });
        }
        for (const start of [50, 2 * PLAIN.length]) {
          const headers = { ...accept, "if-range": DATE, range: `bytes=${start}-` };
          const rest = await send(proxy.url + path, { headers });
          if (rest.status === 200) continue;
          expect(rest.status).toBe(start === 50 ? 206 : 416);
          expect(rest.headers["content-encoding"]).toBe(whole.headers["content-encoding"]);
          if (start !== 50) continue;
          const joined = Buffer.concat([whole.body.subarray(0, 50), rest.body]);
          expect(joined.equals(whole.body)).toBe(true);
        }
      },
    );

    it.each(cases)(
      "gets of %s, accepting %s, the rest of the coding that it has, or the whole",
      async (path, coding) => {
        const accept: Record<string, string> =
          coding === undefined ? {} : { "accept-encoding": coding };
        const whole = await send(proxy.url + path, { headers: accept });
        const headers = { ...accept, range: "bytes=50-", "if-range": DATE };
        const rest = await send(proxy.url + path, { headers });
        if (rest.status === 200) return;
        expect(rest.status).toBe(206);
        expect(rest.headers["content-encoding"]).toBe(whole.headers["content-encoding"]);
        expect(Buffer.concat([whole.body.subarray(0, 50), rest.body]).equals(whole.body)).toBe(
          true,
        );
      },
    );
  },
);
