import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRaw, statusOf } from "../support/raw.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const FEATURES = { markdown: true, compression: true, canonicalRedirect: true, cache: true };
const SETTINGS = (Object.keys(RUNTIMES) as RuntimeName[]).flatMap((runtime) => [
  [runtime, "off", {}] as const,
  [runtime, "on", { defaults: FEATURES }] as const,
]);

describe.each(SETTINGS)("content on %s, features %s", (runtime, _features, rules) => {
  let origin: RawOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    origin.answer = () => ({ bytes: "HTTP/1.1 204 No Content\r\n\r\n" });
    proxy = await RUNTIMES[runtime]({ origin: origin.url, rules });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  describe.each(["GET", "HEAD", "POST", "DELETE", "OPTIONS"])("of %s", (method) => {
    const head = `${method} /x?y HTTP/1.1\r\nHost: a\r\nX-Mine: 1\r\nConnection: close\r\n`;

    it("reaches the origin if it has a length", async () => {
      origin.requests.length = 0;
      const got = await sendRaw(proxy.url, `${head}Content-Length: 7\r\n\r\ncontent`);
      expect(statusOf(got)).toBe(204);
      expect(origin.requests).toHaveLength(1);
      expect(origin.requests[0]?.startLine).toBe(`${method} /x?y HTTP/1.1`);
      expect(origin.requests[0]?.content.toString()).toBe("content");
      const mine = origin.requests[0]?.fields.filter(([name]) => name.toLowerCase() === "x-mine");
      expect(mine).toHaveLength(1);
    });

    it("reaches the origin in chunks, or is refused with the reason", async () => {
      origin.requests.length = 0;
      const chunks = "7\r\ncontent\r\n0\r\n\r\n";
      const got = await sendRaw(proxy.url, `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}`);
      const isRefused = runtime === "workerd" && (method === "GET" || method === "HEAD");
      expect(statusOf(got)).toBe(isRefused ? 411 : 204);
      if (!isRefused) expect(origin.requests[0]?.content.toString()).toBe("content");
      else {
        expect(origin.requests).toHaveLength(0);
        if (method === "GET") expect(got).toContain("needs a Content-Length");
      }
    });
  });
});
