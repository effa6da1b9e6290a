import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { sendRaw } from "../support/raw.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the origin's address on %s", (runtime) => {
  let origin: RawOrigin;
  let named: Proxy;
  let unnamed: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    const start = (rules: object) => RUNTIMES[runtime]({ origin: origin.url, rules });
    [named, unnamed] = await Promise.all([
      start({ publicOrigin: "https://www.example.com", originHost: "public" }),
      start({}),
    ]);
  });

  afterAll(async () => {
    await Promise.all([named?.close(), unnamed?.close()]);
    await origin?.close();
  });

  const answers = (status: string, fields: readonly string[]): void => {
    const lines = [`HTTP/1.1 ${status}`, ...fields, "Content-Length: 0", "", ""];
    origin.answer = () => ({ bytes: lines.join("\r\n") });
  };

  it("is the public one in redirects, links and cookies of every response", async () => {
    const { port } = new URL(origin.url);
    answers("301 Moved Permanently", [
      `Location: ${origin.url}/dir/?a=%2F`,
      `Content-Location: http://www.example.com:${port}/dir/index.html`,
      `Link: <${origin.url}/next>; rel=next, </prev>; rel=prev`,
      `Refresh: 5; url=${origin.url}/other`,
      "Set-Cookie: a=1; Domain=127.0.0.1; Path=/",
      "Set-Cookie: b=2; Path=/",
      `Alt-Svc: h3=":${port}"; ma=60`,
    ]);
    for (const method of ["GET", "HEAD", "POST"]) {
      const { headers, status } = await send(`${named.url}/dir`, { method });
      expect(status).toBe(301);
      expect(headers.location).toBe("https://www.example.com/dir/?a=%2F");
      expect(headers["content-location"]).toBe("https://www.example.com/dir/index.html");
      expect(headers["link"]).toBe("<https://www.example.com/next>; rel=next, </prev>; rel=prev");
      expect(headers["refresh"]).toBe("5; url=https://www.example.com/other");
      expect(headers["set-cookie"]).toEqual(["a=1; Path=/", "b=2; Path=/"]);
      expect(headers["alt-svc"]).toBeUndefined();
    }
  });

  it("is that of the request, if the rules name none", async () => {
    answers("302 Found", [`Location: ${origin.url}/dir/`]);
    expect((await send(`${unnamed.url}/dir`)).headers.location).toBe(`${unnamed.url}/dir/`);
    const asked = "GET /dir HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n";
    expect(await sendRaw(unnamed.url, asked)).toMatch(
      /\r\nLocation: http:\/\/shop\.example\/dir\/\r\n/i,
    );
  });

  it("leaves other addresses unchanged", async () => {
    for (const location of ["/dir/", "dir/", "https://other.example/", "//other.example/x"]) {
      answers("302 Found", [`Location: ${location}`]);
      expect((await send(`${named.url}/dir`)).headers.location).toBe(location);
    }
  });

  if (runtime === "node") {
    it("is the public one in hints, too", async () => {
      origin.answer = () => ({
        bytes:
          `HTTP/1.1 103 Early Hints\r\nLink: <${origin.url}/a.css>; rel=preload; as=style\r\n\r\n` +
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      });
      const asked = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      const got = await sendRaw(named.url, asked);
      expect(got).toMatch(/^HTTP\/1\.1 103 [^]*<https:\/\/www\.example\.com\/a\.css>/);
      expect(got).not.toContain(origin.url);
    });
  }
});
