import { createHash } from "node:crypto";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { serve } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateKeys, signMessage, type PrivateJwk } from "../../src/agent/web-bot-auth/index.ts";
import { nodeDeltaCodecs } from "../../src/runtime/node/index.ts";
import { startBareWorker } from "../support/bare-worker.ts";
import { send, type RequestOptions } from "../support/client.ts";
import { bundle, CRAWLER, fullApp } from "../support/middleware-app.ts";

interface Running {
  readonly url: string;
  close(): void;
}

function startNode(): Promise<Running> {
  const { fetch } = fullApp(nodeDeltaCodecs());
  const { Request, Response } = globalThis;
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve({
        url: `http://127.0.0.1:${port}`,
        close: () => {
          server.close();
          // `serve` has replaced them; its Response has a type of its own, which other files would see.
          Object.assign(globalThis, { Request, Response });
        },
      }),
    );
  });
}

const SUBJECTS: readonly (readonly [name: string, start: () => Promise<Running>])[] = [
  ["@hono/node-server", startNode],
  [
    "workerd",
    () => startBareWorker(new URL("../support/middleware-worker.ts", import.meta.url).pathname),
  ],
];

describe.each(SUBJECTS)("the middleware on %s", (name, start) => {
  let running: Running;
  let key: PrivateJwk;
  const ask = (path: string, headers: Record<string, string> = {}, more: RequestOptions = {}) =>
    send(running.url + path, { ...more, headers });
  const sign = async (path: string): Promise<Record<string, string>> => {
    const created = Math.floor(Date.now() / 1000);
    const message = { method: "GET", url: running.url + path };
    const options = { agent: CRAWLER, created, expires: created + 60 };
    return { ...(await signMessage(message, key, options)) };
  };

  beforeAll(async () => {
    running = await start();
    const { privateJwk, directory } = await generateKeys();
    key = privateJwk;
    await ask("/directory", {}, { method: "PUT", body: JSON.stringify(directory) });
  }, 60_000);
  afterAll(() => running?.close());

  it("knows the country that the app states", async () => {
    expect((await ask("/abroad/x", { "x-test-country": "de" })).status).toBe(451);
    expect((await ask("/abroad/x", { "x-test-country": "FR" })).status).toBe(404);
    expect((await ask("/abroad/x")).status).toBe(404);
  });

  it("answers the proxy's own endpoints", async () => {
    const { status, body } = await ask("/.wayleave/health");
    expect([status, body.toString()]).toEqual([200, '{"status":"ok"}']);
    expect((await ask("/.wayleave/problems/internal")).status).toBe(200);
    expect((await ask("/.wayleave/purge")).status).toBe(404);
  });

  it.each([
    ["br", brotliDecompressSync],
    ["gzip", gunzipSync],
  ])("codes a page in %s by itself", async (coding, decode) => {
    const plain = await ask("/page/", { accept: "text/html" });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    const got = await ask("/page/", { accept: "text/html", "accept-encoding": coding });
    expect(got.headers["content-encoding"]).toBe(coding);
    expect(got.headers["vary"]).toBe("Accept, Accept-Encoding");
    expect(got.headers["etag"]).toBe(`W/"p;wl=${coding}"`);
    expect(got.headers["content-length"]).toBeUndefined();
    expect(decode(got.body)).toEqual(plain.body);
    const again = await ask("/page/", {
      accept: "text/html",
      "accept-encoding": coding,
      "if-none-match": got.headers["etag"] ?? "",
    });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it("answers HEAD with the fields of GET", async () => {
    const headers = { accept: "text/html", "accept-encoding": "br" };
    const head = await ask("/page/", headers, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers["content-encoding"]).toBe("br");
    expect(head.body.length).toBe(0);
  });

  it("serves markdown by Accept and by address, coded as well", async () => {
    const got = await ask("/page/", { accept: "text/markdown", "accept-encoding": "br" });
    expect(got.headers["content-type"]).toBe("text/markdown; charset=utf-8");
    expect(brotliDecompressSync(got.body).toString()).toContain("# A page");
    const by = await ask("/page/index.md");
    expect(by.body.toString()).toContain("# A page");
    expect((await ask("/nope/index.md")).status).toBe(404);
  });

  it("challenges a request without a signature, and lets a signed one pass", async () => {
    const refused = await ask("/signed/");
    expect(refused.status).toBe(403);
    expect(refused.headers["accept-signature"]).toContain("web-bot-auth");
    const got = await ask("/signed/", await sign("/signed/"));
    expect([got.status, got.body.toString()]).toEqual([200, "for agents that sign"]);
  });

  it("redirects a verified training crawler to the canonical page, and no other client", async () => {
    const got = await ask("/old/", await sign("/old/"));
    expect([got.status, got.headers["location"]]).toEqual([301, `${running.url}/page/`]);
    expect((await ask("/old/")).status).toBe(200);
  });

  it("lists the app's pages for agents", async () => {
    const got = await ask("/llms.txt");
    expect(got.status).toBe(200);
    expect(got.body.toString()).toContain(`${running.url}/page/index.md`);
  });

  it("offers dictionaries, and answers by a delta if it is given a codec", async () => {
    const path = "/assets/app.1.js";
    const first = await ask(path, { "accept-encoding": "br, dcb, dcz" });
    expect(first.headers["use-as-dictionary"]).toContain('match="/assets/app.*.js"');
    await ask("/version", {}, { method: "PUT", body: "2" });
    const hash = createHash("sha256").update(bundle(1)).digest("base64");
    const headers = { "accept-encoding": "br, dcb, dcz", "available-dictionary": `:${hash}:` };
    for (let left = 50; left > 0; left--) {
      const got = await ask("/assets/app.2.js", headers);
      const coding = got.headers["content-encoding"];
      if (name === "workerd") {
        // Its own codecs take no dictionary; one in WASM is the app's to give.
        expect(coding).toBe("br");
        return;
      }
      if (coding === "dcb" || coding === "dcz") return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("no delta");
  });

  it("leaves ranges, uploads and responses of other handlers unchanged", async () => {
    const part = await ask("/video", { range: "bytes=0-3" });
    expect([part.status, part.headers["content-range"]]).toEqual([206, "bytes 0-3/10"]);
    expect(part.body.toString()).toBe("0123");
    const sent = "an upload ".repeat(10_000);
    const echo = await ask("/echo", {}, { method: "POST", body: sent });
    expect(echo.body.toString()).toBe(sent);
    expect((await ask("/missing")).status).toBe(404);
  });
});
