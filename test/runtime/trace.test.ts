import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseList, type Token } from "structured-headers";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const TOKEN = "the-token-of-the-operator";
const OTHER = "the-token-that-purges-alone";
const GPTBOT = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("traces on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    for (const path of ["/debug/", "/page/", "/public/"]) {
      origin.routes.set(path, (_request, response) => {
        response.writeHead(200, {
          "content-type": "text/html",
          "cache-control": "public, max-age=600, s-maxage=900",
          etag: '"1"',
        });
        response.end("<main><h1>Page</h1><p>Text.</p></main>");
      });
    }
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { markdown: true, canonicalRedirect: true, cache: { after: 100 } },
        rules: [
          { name: "debugged", match: { path: "/debug/*" }, markdown: true, debug: true },
          { name: "shown", match: { path: "/public/*" }, markdown: true, debug: "public" },
        ],
      },
      adminToken: TOKEN,
      purgeToken: OTHER,
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const events = (): Record<string, unknown>[] =>
    proxy.log
      .flatMap((text) => text.split("\n"))
      .filter((line) => line.startsWith("{") && line.includes('"event":"request"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it("are on the response and in the log if a rule says debug, and only then", async () => {
    const plain = await send(`${proxy.url}/page/`);
    expect(plain.headers["wayleave-trace"]).toBeUndefined();
    expect(plain.headers["cache-control"]).toBe("public, max-age=600, s-maxage=900");
    const debugged = await send(`${proxy.url}/debug/?token=hunter2`, {
      headers: { "user-agent": GPTBOT, cookie: "session=hunter2", "wayleave-token": TOKEN },
    });
    expect(debugged.status).toBe(200);
    expect(debugged.headers["cache-control"]).toBe("private, max-age=600");
    const field = String(debugged.headers["wayleave-trace"]);
    expect(parseList(field).map(([item]) => (item as Token).toString())).toEqual([
      "claimed",
      "origin",
      "resourceMetadata",
      "access",
      "documents",
      "canonicalRedirect",
      "markdown",
      "compression",
      "signals",
      "robots",
      "headers",
      "cache",
    ]);
    expect(field).toContain('markdown;mode=enforce;rule="debugged"');
    expect(field).toContain("ineligible=agent-not-verified");
    await expect.poll(events).toHaveLength(1);
    expect(events()[0]).toMatchObject({
      request: { url: `${proxy.url}/debug/?token=…` },
      agent: { kind: "claimed", name: "GPTBot" },
      answer: { status: 200 },
    });
    expect(proxy.log.join("")).not.toContain("hunter2");
    expect(proxy.log.join("")).not.toContain(TOKEN);
  });

  it("are on the response to no client but the holder of the token", async () => {
    for (const token of [undefined, OTHER, `${TOKEN}x`, `${TOKEN}, ${TOKEN}`, ""]) {
      const headers = token === undefined ? {} : { "wayleave-token": token };
      const got = await send(`${proxy.url}/debug/`, { headers });
      expect(got.status).toBe(200);
      expect(got.headers["wayleave-trace"]).toBeUndefined();
      expect(got.headers["server-timing"]).toBeUndefined();
      expect(got.headers["cache-control"]).toBe("public, max-age=600, s-maxage=900");
    }
  });

  it('are on the response to every client if the rule says "public"', async () => {
    const got = await send(`${proxy.url}/public/`);
    expect(got.headers["wayleave-trace"]).toContain('rule="shown"');
    expect(got.headers["cache-control"]).toBe("private, max-age=600");
  });

  it("are on stored markdown as on markdown that was just made", async () => {
    const ask = () =>
      send(`${proxy.url}/debug/`, {
        headers: { accept: "text/markdown", "wayleave-token": TOKEN },
      });
    const first = await ask();
    expect(first.headers["wayleave-trace"]).toContain("transform=converted");
    await expect
      .poll(async () => (await ask()).headers["wayleave-trace"])
      .toMatch(/markdown;[^,]*reused=reused/);
    const again = await ask();
    expect(again.headers["cache-control"]).toBe("private, max-age=600");
    expect(again.body.toString()).toBe(first.body.toString());
  });
});
