import { randomBytes } from "node:crypto";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeAuthority, type Authority, type Certificate } from "../support/authority.ts";
import { open, send } from "../support/client.ts";
import { needs } from "../support/needs.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import {
  startCaddy,
  startHttp2,
  startHttps,
  startNginx,
  type TlsOrigin,
} from "../support/tls-origins.ts";

const PAGE = `<!doctype html><title>Page</title><main><h1>Page</h1>${"<p>Text.</p>".repeat(500)}</main>`;
const FILES = { "page.html": PAGE, "big.bin": randomBytes(3_000_000).toString("base64") };

describe("https origins on node", needs("openssl"), () => {
  let authority: Authority;
  let good: Certificate;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(() => {
    authority = makeAuthority();
    good = authority.issue("localhost", ["DNS:localhost", "IP:127.0.0.1"]);
  });

  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
  });

  /** A proxy in front of an https origin, by name or address. */
  const inFront = async (
    origin: TlsOrigin,
    { rules = {}, host = "localhost", trusts = true } = {},
  ): Promise<Proxy> => {
    closing.push(() => origin.close());
    const proxy = await RUNTIMES.node({
      origin: `https://${host}:${origin.port}`,
      rules,
      ...(trusts ? { originCa: authority.ca } : {}),
    });
    closing.push(() => proxy.close());
    return proxy;
  };

  it("are read from nginx, which offers HTTP/2", needs("nginx"), () => readFrom(startNginx));
  it("are read from Caddy, which offers HTTP/2", needs("caddy"), () => readFrom(startCaddy));

  async function readFrom(start: typeof startNginx): Promise<void> {
    const origin = await start(good, FILES);
    const rules = {
      originHost: "public",
      publicOrigin: "https://www.example.com",
      defaults: { markdown: true },
    };
    const proxy = await inFront(origin, { rules });
    // HTTP/1.1 by choice, the public host as Host, the origin's own name as SNI.
    const seen = await send(`${proxy.url}/seen`);
    expect(seen.body.toString().trim()).toBe("HTTP/1.1 www.example.com localhost");
    const page = await send(`${proxy.url}/page.html`);
    expect([page.status, page.body.toString()]).toEqual([200, PAGE]);
    const markdown = await send(`${proxy.url}/page.html`, {
      headers: { accept: "text/markdown" },
    });
    expect(markdown.body.toString()).toContain("# Page");
    const part = await send(`${proxy.url}/big.bin`, { headers: { range: "bytes=5-9" } });
    expect([part.status, part.body.toString()]).toEqual([206, FILES["big.bin"].slice(5, 10)]);
    const all = await Promise.all(Array.from({ length: 20 }, () => send(`${proxy.url}/big.bin`)));
    expect(all.every(({ body }) => body.toString() === FILES["big.bin"])).toBe(true);
  }

  describe.each([
    ["alone", false],
    ["beside HTTP/1.1", true],
  ])("of node:http2, which speaks HTTP/2 %s", (_what, allowHTTP1) => {
    let proxy: Proxy;
    let handler: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
    const speaks = allowHTTP1 ? "1.1" : "2.0";

    beforeAll(async () => {
      const origin = await startHttp2(good, (...exchange) => handler(...exchange), allowHTTP1);
      proxy = await inFront(origin, { rules: { defaults: { markdown: true } } });
    });

    it("pass status, repeated fields and bytes", async () => {
      handler = (request, response) => {
        response.writeHead(201, {
          "x-version": request.httpVersion,
          "x-host": String(request.headers[":authority"] ?? request.headers.host),
          "set-cookie": ["a=1; Path=/", "b=2"],
          "content-type": "text/plain",
        });
        response.end("made");
      };
      const got = await send(`${proxy.url}/made?x=1`);
      expect(got.status).toBe(201);
      expect(got.headers["x-version"]).toBe(speaks);
      expect(got.headers["x-host"]).toMatch(/^localhost:\d+$/);
      expect(got.headers["set-cookie"]).toEqual(["a=1; Path=/", "b=2"]);
      expect(got.body.toString()).toBe("made");
    });

    it("take content, and stream both ways", async () => {
      handler = (request, response) => {
        response.writeHead(200, { "content-type": "application/octet-stream" });
        request.pipe(response);
      };
      const content = randomBytes(2_000_000);
      const got = await send(`${proxy.url}/echo`, { method: "POST", body: content });
      expect(got.body.equals(content)).toBe(true);
    });

    it("answer many requests at once, each with its own", async () => {
      handler = (request, response) => response.end(`for ${request.url}`);
      const asked = Array.from({ length: 300 }, (_, i) => `/page/${i}`);
      const got = await Promise.all(asked.map((path) => send(proxy.url + path)));
      expect(got.map(({ body }) => body.toString())).toEqual(asked.map((path) => `for ${path}`));
    });

    it("have their pages converted, and HEAD and 304 pass", async () => {
      handler = (request, response) => {
        const isSame = request.headers["if-none-match"] === '"v1"';
        response.writeHead(isSame ? 304 : 200, { "content-type": "text/html", etag: '"v1"' });
        response.end(isSame || request.method === "HEAD" ? "" : PAGE);
      };
      const got = await send(`${proxy.url}/`, { headers: { accept: "text/markdown" } });
      expect(got.body.toString()).toContain("# Page");
      expect((await send(`${proxy.url}/`, { method: "HEAD" })).status).toBe(200);
      const same = await send(`${proxy.url}/`, { headers: { "if-none-match": '"v1"' } });
      expect([same.status, same.body.length]).toEqual([304, 0]);
    });

    it("break the response off if they break off", async () => {
      handler = (_request, response) => {
        response.writeHead(200, { "content-type": "text/plain" });
        response.write("some");
        setTimeout(() => response.stream?.close(2), 100);
        if (allowHTTP1) setTimeout(() => response.socket?.destroy(), 100);
      };
      await expect(send(`${proxy.url}/broken`)).rejects.toThrow();
      handler = (_request, response) => response.end("again");
      expect((await send(`${proxy.url}/`)).body.toString()).toBe("again");
    });

    it("learn that a client has left", async () => {
      const gone = new Promise<void>((resolve) => {
        handler = (request, response) => {
          response.write("some");
          request.on("close", () => resolve());
          response.on("close", () => resolve());
        };
      });
      const response = await open(`${proxy.url}/slow`);
      response.destroy();
      await gone;
      expect(proxy.log.join("")).not.toContain("internal-error");
    });
  });

  it.each([
    ["an authority that nobody knows", false, () => good, /self-signed|authority/],
    ["another name", true, () => authority.issue("other", ["DNS:other.test"]), /other host/],
    ["a date that is over", true, () => authority.issue("old", ["DNS:localhost"], -1), /expired/],
  ] as const)(
    "with a certificate of %s are 502, and the log says why",
    async (...[, isTrusted, of, why]) => {
      const proxy = await inFront(await startHttps(of()), {
        trusts: isTrusted,
      });
      const got = await send(`${proxy.url}/`);
      expect(got.status).toBe(502);
      expect(got.body.toString()).toContain("TLS failure between proxy and origin");
      expect(got.body.toString()).not.toMatch(/localhost|certificate|self|127\.0/i);
      expect(proxy.log.join("")).toMatch(/"code":"tls"/);
      expect(proxy.log.join("")).toMatch(why);
    },
  );

  it("are reached by address, if the certificate names that", async () => {
    const proxy = await inFront(await startHttps(good), { host: "127.0.0.1" });
    expect((await send(`${proxy.url}/`)).body.toString()).toBe("ok\n");
  });

  it("of plain HTTP are 502 over TLS", async () => {
    const { createServer } = await import("node:http");
    const server = createServer((_request, response) => response.end("plain"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const proxy = await inFront({ port, close: async () => void server.close() });
    expect((await send(`${proxy.url}/`)).status).toBe(502);
    expect(proxy.log.join("")).toMatch(/"code":"tls"/);
  });
});
