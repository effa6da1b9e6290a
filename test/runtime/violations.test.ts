import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const NO = { action: "block" } as const;
const DRAFTS = { name: "drafts", match: { path: "/drafts/*" }, access: NO };

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "violations of robots.txt on %s",
  (runtime) => {
    let origin: TestOrigin;
    let proxy: Proxy;
    let robots: string | undefined;
    beforeAll(async () => {
      origin = await startOrigin();
      origin.routes.set("/robots.txt", (_request, response) => {
        if (robots === undefined) response.writeHead(404).end();
        else response.writeHead(200, { "content-type": "text/plain" }).end(robots);
      });
      robots =
        "User-agent: GPTBot\nDisallow: /drafts/\nAllow: /drafts/open\n\nUser-agent: *\nDisallow: /private/\n";
      proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: {}, logLevel: "access" });
    });
    afterAll(async () => {
      await proxy?.close();
      await origin?.close();
    });

    /** The violation in the event of a request. */
    async function violationOf(
      path: string,
      agent: string,
      method = "GET",
      by = proxy,
    ): Promise<unknown> {
      const proxy = by;
      const marked = `${path}${path.includes("?") ? "&" : "?"}`;
      const before = proxy.log.length;
      await send(proxy.url + marked, { method, headers: { "user-agent": agent } });
      for (let left = 100; left > 0; left--) {
        const line = proxy.log
          .slice(before)
          .flatMap((each) => each.split("\n"))
          .find(
            (each) =>
              each.includes('"event":"access"') && each.includes(`"path":"${path.split("?")[0]}`),
          );
        if (line !== undefined) return (JSON.parse(line) as { violation?: unknown }).violation;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error("no event");
    }

    const GPT =
      "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)";
    const CLAUDE = "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)";

    test("are marked in the events of known bots, and of nobody else", async () => {
      const asked = () => origin.requests.filter(({ url }) => url === "/robots.txt").length;
      expect(
        await violationOf("/drafts/x", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"),
      ).toBeUndefined();
      expect(asked()).toBe(0);
      // The first request of a bot makes the proxy read the file.
      await violationOf("/warm-up", GPT);
      await violationOf("/warm-up", CLAUDE);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await violationOf("/drafts/x", GPT)).toBe("robots");
      expect(await violationOf("/drafts/x?y", GPT, "HEAD")).toBe("robots");
      expect(await violationOf("/drafts/open", GPT)).toBeUndefined();
      expect(await violationOf("/private/x", GPT)).toBeUndefined();
      expect(await violationOf("/private/x", CLAUDE)).toBe("robots");
      expect(await violationOf("/drafts/x", CLAUDE)).toBeUndefined();
      expect(await violationOf("/drafts/x", GPT, "POST")).toBeUndefined();
      expect(await violationOf("/robots.txt", GPT)).toBeUndefined();
      expect(asked()).toBeLessThan(4);
    });

    test.each([
      ["merged", {}, "robots", "robots"],
      ["replaced", { robots: { mode: "replace" } }, undefined, "robots"],
      // RFC 9309 §2.3.1.3: crawlers that get no file may fetch all.
      [
        "refused",
        { rules: [{ name: "no file", match: { path: "/robots.txt" }, access: NO }, DRAFTS] },
        undefined,
        undefined,
      ],
    ])("are judged by the file that clients get, which is %s", async (_how, more, own, ruled) => {
      robots = "User-agent: *\nDisallow: /private/\n";
      const rules = { robots: true, rules: [DRAFTS], ...more };
      const other = await RUNTIMES[runtime]({ origin: origin.url, rules, logLevel: "access" });
      try {
        await violationOf("/warm-up", CLAUDE, "GET", other);
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect(await violationOf("/private/x", CLAUDE, "GET", other)).toBe(own);
        expect(await violationOf("/drafts/x", CLAUDE, "GET", other)).toBe(ruled);
        expect(await violationOf("/open", CLAUDE, "GET", other)).toBeUndefined();
      } finally {
        await other.close();
      }
    });
  },
);
