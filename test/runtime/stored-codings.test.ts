import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const PLAIN = Buffer.from("export const a = 1; // text\n".repeat(400));
// Not as the runtime would code it.
const CODED = gzipSync(PLAIN, { level: 1, strategy: constants.Z_HUFFMAN_ONLY });
const TAG = '"of-gzip"';

function answer({ method, headers, url }: IncomingMessage, to: ServerResponse): void {
  if (method === "PUT") {
    const isOurs = (headers["if-match"] ?? "").split(", ").includes(TAG);
    to.writeHead(isOurs ? 204 : 412).end();
    return;
  }
  const content = url === "/empty" ? gzipSync("") : CODED;
  const fields = {
    "content-type": "text/javascript",
    "content-encoding": "gzip",
    etag: TAG,
    "cache-control": "public, max-age=600",
  };
  const range = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
  const condition = headers["if-range"];
  if (range === undefined || (condition !== undefined && condition !== TAG)) {
    to.writeHead(200, { ...fields, "content-length": content.length }).end(content);
    return;
  }
  const described = `bytes ${range}-${content.length - 1}/${content.length}`;
  to.writeHead(206, { ...fields, "content-range": described }).end(content.subarray(Number(range)));
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "a stored response that the origin coded, on %s",
  (runtime) => {
    const server = createServer(answer);
    let proxy: Proxy;

    beforeAll(async () => {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const rules = { defaults: { cache: { after: 1 } } };
      proxy = await RUNTIMES[runtime]({ origin: `http://127.0.0.1:${port}`, rules });
    }, 60_000);
    afterAll(async () => {
      await proxy?.close();
      server.closeAllConnections();
      server.close();
    });

    const get = (path: string, more: Record<string, string> = {}) =>
      send(proxy.url + path, { headers: { "accept-encoding": "gzip", ...more } });
    const stored = async (path: string) => {
      for (let left = 50; left > 0; left--) {
        const got = await get(path);
        if (String(got.headers["cache-status"]).includes("hit")) return got;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error("never stored");
    };

    it("is the same content, whose tag leads to no part of other bytes", async () => {
      const whole = await stored("/a.js");
      expect(gunzipSync(whole.body).equals(PLAIN)).toBe(true);
      const rest = await get("/a.js", {
        range: "bytes=50-",
        "if-range": String(whole.headers.etag),
      });
      if (rest.status === 206) {
        expect(Buffer.concat([whole.body.subarray(0, 50), rest.body]).equals(whole.body)).toBe(
          true,
        );
      } else expect([rest.status, gunzipSync(rest.body).equals(PLAIN)]).toEqual([200, true]);
    });

    it("is confirmed by its tag, which the origin recognises as its own", async () => {
      const whole = await stored("/b.js");
      const tag = String(whole.headers.etag);
      expect((await get("/b.js", { "if-none-match": tag })).status).toBe(304);
      expect((await get("/b.js", { "if-none-match": TAG })).status).toBe(304);
      const changed = await send(`${proxy.url}/b.js`, {
        method: "PUT",
        headers: { "if-match": tag },
        body: "x",
      });
      expect(changed.status).toBe(204);
    });

    it("can be decoded if it is empty", async () => {
      const { headers, body } = await stored("/empty");
      const plain = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      expect(plain.length).toBe(0);
    });
  },
);
