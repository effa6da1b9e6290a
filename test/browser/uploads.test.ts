import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHastyOrigin, type HastyOrigin, type Manner } from "../support/hasty-origin.ts";
import { needs } from "../support/needs.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import { startBrowser, type VisitedBrowser, type Visitor } from "./visitor.ts";

const MANNERS: readonly Manner[] = ["reads on", "stops reading", "closes", "resets", "says close"];

/** Sends an upload and another request from the page; gives what came, and how long it took. */
async function upload(page: Visitor["page"]) {
  return page.evaluate(async () => {
    const started = performance.now();
    // Content in memory would go through the debugging protocol, too.
    const body = new Blob([new Uint8Array(20_000_000)]);
    const early = await fetch("/upload", { method: "POST", body });
    const text = await early.text();
    const seconds = (performance.now() - started) / 1000;
    const after = await fetch("/after");
    return { status: early.status, text, after: await after.text(), seconds };
  });
}

describe("an upload from Chromium that is answered at once", needs("chromium"), () => {
  let origin: HastyOrigin;
  let proxy: Proxy;
  let browser: VisitedBrowser;
  let visitor: Visitor;
  /** Seconds of the same upload without the proxy, which say how fast this machine is just now. */
  let direct: number;

  beforeAll(async () => {
    origin = await startHastyOrigin();
    proxy = await RUNTIMES.node({ origin: origin.url, rules: {} });
    browser = await startBrowser();
    visitor = await browser.visit();
    origin.manner = "says close";
    await visitor.page.goto(`${origin.url}/`);
    direct = await visitor.page.evaluate(async () => {
      const started = performance.now();
      await fetch("/upload", {
        method: "POST",
        body: new Blob([new Uint8Array(20_000_000)]),
      }).catch(() => {});
      return (performance.now() - started) / 1000;
    });
    await visitor.page.goto(`${proxy.url}/`);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await proxy?.close();
    origin?.close();
  });

  it.each(MANNERS)(
    "shows its response if the origin server %s",
    { timeout: 120_000 },
    async (manner) => {
      Object.assign(origin, { status: 413, manner });
      const seen = await upload(visitor.page);
      expect(seen).toMatchObject({ status: 413, text: "early", after: "after" });
      expect(seen.seconds).toBeLessThan(4 * direct + 4);
    },
  );
});
