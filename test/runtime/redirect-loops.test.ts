import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "redirects to the same URL on %s",
  (runtime) => {
    let origin: RawOrigin;
    let proxy: Proxy;

    beforeAll(async () => {
      origin = await startRawOrigin();
      const rules = { publicOrigin: "https://www.example.com" };
      proxy = await RUNTIMES[runtime]({ origin: origin.url, rules, logLevel: "errors" });
    });

    afterAll(async () => {
      await proxy?.close();
      await origin?.close();
    });

    const ask = (location: string, { asked = {}, answered = "", method = "GET" } = {}) => {
      origin.answer = () => ({
        bytes: `HTTP/1.1 301 Moved Permanently\r\nLocation: ${location}\r\n${answered}Content-Length: 0\r\n\r\n`,
      });
      return send(`${proxy.url}/x?secret=1`, { headers: asked, method });
    };

    it("are a 502 if the origin server insists on https", async () => {
      const { status, body } = await ask("https://www.example.com/x?secret=1");
      expect(status).toBe(502);
      expect(body.toString()).toContain("redirects this URL to itself");
      await expect.poll(() => proxy.log.join("")).toContain("redirect-loop");
      expect(proxy.log.join("")).toContain("X-Forwarded-Proto");
      expect(proxy.log.join("")).not.toContain("secret=1");
    });

    it("are a 502 if the mapping of the origin server's address makes them", async () => {
      expect((await ask(`${origin.url}/x?secret=1`)).status).toBe(502);
      expect((await ask("http://www.example.com/x?secret=1")).status).toBe(502);
    });

    it.each([
      ["are relative", "/x?secret=1", {}],
      ["lead elsewhere", "https://www.example.com/x", {}],
      ["set a cookie", "https://www.example.com/x?secret=1", { answered: "Set-Cookie: a=1\r\n" }],
      ["answer a cookie", "https://www.example.com/x?secret=1", { asked: { cookie: "a=1" } }],
      ["answer POST", "https://www.example.com/x?secret=1", { method: "POST" }],
    ])("pass if they %s", async (_what, location, more) => {
      const { status, headers } = await ask(location, more);
      expect([status, headers["location"]]).toEqual([301, location]);
    });
  },
);
