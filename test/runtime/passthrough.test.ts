import { once } from "node:events";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open, send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const page = Buffer.from(`<!doctype html><title>t</title><p>${"text ".repeat(2000)}`);

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("passthrough on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { canonicalRedirect: true, markdown: true, compression: { codings: "platform" } },
      },
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  it("gives status, fields and bytes of the origin", async () => {
    origin.routes.set("/plain", (_request, response) => {
      response.writeHead(203, {
        "content-type": "text/plain",
        "x-custom": "a, b",
        "set-cookie": ["a=1; Path=/", "b=2; Path=/"],
      });
      response.end("hello");
    });
    const got = await send(`${proxy.url}/plain?x=1&y=%20z`);
    expect(got.status).toBe(203);
    expect(got.headers["x-custom"]).toBe("a, b");
    expect(got.headers["set-cookie"]).toEqual(["a=1; Path=/", "b=2; Path=/"]);
    expect(got.headers["vary"]).toBeUndefined();
    expect(got.body.toString()).toBe("hello");
    expect(origin.requests.at(-1)?.url).toBe("/plain?x=1&y=%20z");
  });

  it("removes fields of one connection, and those that only the proxy may write", async () => {
    origin.routes.set("/hop", (_request, response) => {
      response.writeHead(200, {
        connection: "close, x-listed",
        "x-listed": "1",
        "keep-alive": "timeout=9",
        "proxy-connection": "keep-alive",
      });
      response.end();
    });
    const got = await send(`${proxy.url}/hop`, {
      headers: {
        connection: "close, x-mine",
        "x-mine": "1",
        te: "trailers",
        "wayleave-agent": "me",
        "x-wayleave-trace": "1",
        "x-kept": "1",
      },
    });
    expect(got.headers["x-listed"]).toBeUndefined();
    expect(got.headers["proxy-connection"]).toBeUndefined();
    const seen = origin.requests.at(-1)?.headers ?? {};
    expect(seen["x-kept"]).toBe("1");
    for (const name of ["x-mine", "te", "wayleave-agent", "x-wayleave-trace"]) {
      expect(seen[name], name).toBeUndefined();
    }
  });

  it.each([
    ["gzip", gzipSync(page)],
    ["br", brotliCompressSync(page)],
    ["zstd", Buffer.from("28b52ffd0458290000746573742105fd4c", "hex")],
    ["dcb", Buffer.from("ff444342000102030405", "hex")],
    ["dcz", Buffer.from("5e2a4d1820000000aabbccdd", "hex")],
  ])("passes %s on byte for byte", async (coding, bytes) => {
    origin.routes.set("/coded", (_request, response) => {
      response.writeHead(200, {
        "content-type": "text/html; charset=utf-8",
        "content-encoding": coding,
        "content-length": bytes.length,
      });
      response.end(bytes);
    });
    const got = await send(`${proxy.url}/coded`, {
      headers: { "accept-encoding": "gzip, br, zstd, dcb, dcz" },
    });
    expect(origin.requests.at(-1)?.headers["accept-encoding"]).toBe("gzip, br, zstd, dcb, dcz");
    expect(got.headers["content-encoding"]).toBe(coding);
    expect(got.body.equals(bytes)).toBe(true);
  });

  it("sends no Accept-Encoding if the client sends none", async () => {
    origin.routes.set("/no-coding", (_request, response) => response.end("x"));
    await send(`${proxy.url}/no-coding`);
    expect(origin.requests.at(-1)?.headers["accept-encoding"]).toBeUndefined();
  });

  it("sends the first byte before the origin ends", async () => {
    let finish = (): void => {};
    origin.routes.set("/slow", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.write("first");
      finish = () => response.end(" last");
    });
    const response = await open(`${proxy.url}/slow`);
    const [first] = (await once(response, "data")) as [Buffer];
    expect(first.toString()).toBe("first");
    const rest: Buffer[] = [];
    response.on("data", (piece: Buffer) => rest.push(piece));
    finish();
    await once(response, "end");
    expect(Buffer.concat(rest).toString()).toBe(" last");
  });

  it("answers HEAD with the fields of GET and no content", async () => {
    origin.routes.set("/head", (request, response) => {
      response.writeHead(200, { "content-type": "text/css", "content-length": 5 });
      response.end(request.method === "HEAD" ? undefined : "a{b:c");
    });
    const got = await send(`${proxy.url}/head`, { method: "HEAD" });
    expect(got.status).toBe(200);
    expect(got.headers["content-length"]).toBe("5");
    expect(got.body.length).toBe(0);
    expect(origin.requests.at(-1)?.method).toBe("HEAD");
  });

  it("passes Range and a 206 on", async () => {
    origin.routes.set("/range", (request, response) => {
      expect(request.headers.range).toBe("bytes=1-2");
      response.writeHead(206, { "content-range": "bytes 1-2/5", "content-type": "text/html" });
      response.end("el");
    });
    const got = await send(`${proxy.url}/range`, { headers: { range: "bytes=1-2" } });
    expect(got.status).toBe(206);
    expect(got.headers["content-range"]).toBe("bytes 1-2/5");
    expect(got.body.toString()).toBe("el");
  });

  it("passes a 304 on", async () => {
    origin.routes.set("/not-modified", (request, response) => {
      expect(request.headers["if-none-match"]).toBe('"v1"');
      response.writeHead(304, { etag: '"v1"' }).end();
    });
    const got = await send(`${proxy.url}/not-modified`, { headers: { "if-none-match": '"v1"' } });
    expect(got.status).toBe(304);
    expect(got.headers["etag"]).toBe('"v1"');
    expect(got.body.length).toBe(0);
  });

  it("passes the origin's redirects on unchanged", async () => {
    origin.routes.set("/moved", (_request, response) => {
      response.writeHead(302, { location: "/elsewhere?x#y" }).end();
    });
    const got = await send(`${proxy.url}/moved`);
    expect(got.status).toBe(302);
    expect(got.headers["location"]).toBe("/elsewhere?x#y");
  });

  it("streams request content through", async () => {
    origin.routes.set("/post", (request, response) => {
      response.writeHead(200, { "content-type": "application/octet-stream" });
      request.pipe(response);
    });
    const body = Buffer.alloc(3 * 1024 * 1024, "0123456789abcdef");
    const got = await send(`${proxy.url}/post`, { method: "POST", body });
    expect(got.status).toBe(200);
    expect(got.body.equals(body)).toBe(true);
  });

  it("ends the origin's work when the client is gone", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const seen = new Promise<void>((resolve) => {
      origin.routes.set("/endless", (_request, response) => {
        response.writeHead(200, { "content-type": "text/plain" });
        const timer = setInterval(() => response.write("tick\n"), 20);
        closed = once(response, "close").then(() => clearInterval(timer));
        resolve();
      });
    });
    const response = await open(`${proxy.url}/endless`);
    await once(response, "data");
    await seen;
    response.destroy();
    await closed;
  });

  it("breaks off if the origin breaks off", async () => {
    origin.routes.set("/broken", (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-length": 100 });
      response.write("only this");
      setTimeout(() => response.destroy(), 50);
    });
    await expect(send(`${proxy.url}/broken`)).rejects.toThrow();
  });

  it("answers 502 as a problem document if the origin gives no answer", async () => {
    origin.routes.set("/dies", (request) => request.socket.destroy());
    const got = await send(`${proxy.url}/dies`);
    expect(got.status).toBe(502);
    expect(got.headers["content-type"]).toBe("application/problem+json");
    expect(got.headers["cache-control"]).toBe("no-store");
    expect(JSON.parse(got.body.toString())).toMatchObject({ status: 502 });
    const html = await send(`${proxy.url}/dies`, { headers: { accept: "text/html" } });
    expect(html.headers["content-type"]).toBe("text/html; charset=utf-8");
  });

  it("keeps its own paths to itself, and gives everything else to the site", async () => {
    const ready = await send(`${proxy.url}/.wayleave/ready`);
    expect(JSON.parse(ready.body.toString())).toEqual({ ready: true });
    expect((await send(`${proxy.url}/.wayleave/nothing`)).status).toBe(404);
    origin.routes.set("/.wayleaves", (_request, response) => response.end("the site's"));
    expect((await send(`${proxy.url}/.wayleaves`)).body.toString()).toBe("the site's");
  });
});
