import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logLines, type LogLine } from "../support/log-lines.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { sendRaw } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const PAGE = `<!doctype html><title>A page</title><main><h1>A page</h1>${"<p>Words of a page.</p>".repeat(400)}</main>`;
const TEXT = "A line of text.\n".repeat(2000);
const IMAGE = randomBytes(5000);
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

const RULES = {
  publicOrigin: "https://a.example",
  telemetry: { addresses: "truncated" },
  defaults: { compression: true, markdown: true, cache: { after: 1 } },
  rules: [
    { name: "closed", match: { path: "/closed/*" }, access: { action: "block" } },
    { name: "watched", match: { path: "/watched" }, access: { action: "block", mode: "observe" } },
  ],
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("events on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    const html = { "content-type": "text/html", "cache-control": "no-cache", etag: '"1"' };
    origin.routes.set("/page/", (_, response) => response.writeHead(200, html).end(PAGE));
    origin.routes.set("/watched", (_, response) => response.writeHead(200, html).end(PAGE));
    const text = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
    origin.routes.set("/text", (_, response) => response.writeHead(200, text).end(TEXT));
    const image = { "content-type": "image/png", "cache-control": "max-age=600" };
    origin.routes.set("/image.png", (_, response) =>
      response.writeHead(200, { ...image, "content-length": IMAGE.length }).end(IMAGE),
    );
    proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: RULES, logLevel: "access" });
  }, 60_000);

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  /** The line of one request, which the fields select. */
  async function lineOf(path: string, fields = ""): Promise<LogLine & Record<string, unknown>> {
    const before = logLines(proxy).length;
    await sendRaw(
      proxy.url,
      `GET ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n${fields}\r\n`,
    );
    for (let i = 0; i < 100; i++) {
      const found = logLines(proxy)
        .slice(before)
        .find((line) => line["event"] === "access");
      if (found !== undefined) return found;
      await sleep(50);
    }
    throw new Error(`no line for ${path}`);
  }

  it("tell what markdown saved: the page less its markdown", async () => {
    const line = await lineOf("/page/", "Accept: text/markdown\r\n");
    expect(line).toMatchObject({ status: 200, type: "text/markdown", did: ["markdown"] });
    const { markdown = 0 } = line["saved"] as { markdown?: number };
    expect(markdown).toBeGreaterThan(1000);
    expect(markdown).toBeLessThan(PAGE.length);
    const again = await lineOf("/page/", "Accept: text/markdown\r\n");
    expect((again["saved"] as { markdown?: number }).markdown).toBe(markdown);
  });

  it("tell what a coding saved: the content less the coded content", async () => {
    const line = await lineOf("/text", "Accept-Encoding: gzip\r\n");
    expect(line).toMatchObject({ coding: "gzip", type: "text/plain", did: ["compressed"] });
    const { coding = 0 } = line["saved"] as { coding?: number };
    expect(coding).toBeGreaterThan(TEXT.length - 4 * gzipSync(TEXT).length);
    expect(coding).toBeLessThan(TEXT.length);
  });

  it("tell what the cache saved: the content that the origin server did not send again", async () => {
    const first = await lineOf("/image.png");
    expect(first["cache"]).toBe("miss");
    expect(first["saved"]).toBeUndefined();
    await sleep(200);
    const line = await lineOf("/image.png");
    expect(line).toMatchObject({ cache: "hit", did: ["hit"], saved: { cache: IMAGE.length } });
  });

  it("tell the action of access, and the one that a rule in observe would have done", async () => {
    expect(await lineOf("/closed/a")).toMatchObject({ status: 403, access: "block" });
    const watched = await lineOf("/watched");
    expect(watched).toMatchObject({ status: 200, access: "allow", would: "block" });
    expect((await lineOf("/text"))["access"]).toBeUndefined();
  });

  it("honour a valid traceparent, and have an id of their own", async () => {
    const fields = `traceparent: 00-${TRACE}-00f067aa0ba902b7-01\r\n`;
    const line = await lineOf("/text", fields);
    expect(line["traceId"]).toBe(TRACE);
    expect(line["id"]).toMatch(/^[0-9a-f-]{36}$/);
    const forged = await lineOf("/text", "traceparent: 00-0-0-01\r\n");
    expect(forged["traceId"]).toBeUndefined();
  });

  it("name the assistant that refers to the page", async () => {
    const line = await lineOf("/text", "Referer: https://chatgpt.com/c/secret\r\n");
    expect(line["referrer"]).toBe("ChatGPT");
    expect(JSON.stringify(line)).not.toContain("secret");
    expect((await lineOf("/text", "Referer: https://a.example/x\r\n"))["referrer"]).toBe("own");
  });
});
