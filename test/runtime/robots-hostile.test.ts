// Origin servers whose robots.txt does not end.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const RULES = {
  robots: { mode: "merge" },
  timeouts: { head: "1s", idle: "1s" },
  rules: [{ name: "drafts", match: { path: "/drafts/*" }, access: { action: "block" } }],
};
const LINE = Buffer.from("Disallow: /a-long-path/\n".repeat(4096));
const SIZE = 100 * 1024 * 1024;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "a robots.txt without end on %s",
  (runtime) => {
    let origin: TestOrigin;
    let proxy: Proxy;
    beforeAll(async () => {
      origin = await startOrigin();
      proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: RULES });
    });
    afterAll(async () => {
      await proxy?.close();
      await origin?.close();
    });

    it("of 100 MB passes, and no more of it is read than the client takes", async () => {
      let sent = 0;
      let isClosed = false;
      origin.routes.set("/robots.txt", (_request, response) => {
        response.writeHead(200, { "content-type": "text/plain" });
        response.write("User-agent: *\n");
        const more = (): void => {
          while (sent < SIZE && !response.destroyed) {
            sent += LINE.length;
            if (!response.write(LINE)) return void response.once("drain", more);
          }
          response.end();
        };
        response.on("close", () => (isClosed = true));
        more();
      });
      const controller = new AbortController();
      const response = await fetch(`${proxy.url}/robots.txt`, { signal: controller.signal });
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/plain"]);
      const reader = response.body?.getReader();
      const first = await reader?.read();
      expect(new TextDecoder().decode(first?.value).slice(0, 14)).toBe("User-agent: *\n");
      // Buffers of sockets and of the merge are all that is ahead of the client.
      expect(sent).toBeLessThan(SIZE / 2);
      controller.abort();
      await expect.poll(() => isClosed, { timeout: 30_000 }).toBe(true);
    }, 60_000);

    it("that never begins is a 504, and one that breaks off is a 502", async () => {
      origin.routes.set("/robots.txt", () => {});
      expect((await send(`${proxy.url}/robots.txt`)).status).toBe(504);
      origin.routes.set("/robots.txt", (_request, response) => {
        response.writeHead(200, { "content-type": "text/plain" });
        response.write("User-agent: *\nDisallow: /private/\n");
      });
      const stalled = await send(`${proxy.url}/robots.txt`);
      expect(stalled.status).toBe(502);
      expect(stalled.body.toString()).not.toContain("/private/");
      // The next client gets the file once the origin server has recovered.
      origin.routes.set("/robots.txt", (_request, response) => {
        response.end("User-agent: *\nDisallow: /private/\n");
      });
      const { status, body } = await send(`${proxy.url}/robots.txt`);
      expect([status, body.toString()]).toEqual([
        200,
        "User-agent: *\nDisallow: /private/\nDisallow: /drafts/\n",
      ]);
    }, 60_000);
  },
);
