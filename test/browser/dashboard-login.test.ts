import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import { startBrowser, type VisitedBrowser, type Visitor } from "./visitor.ts";

const TOKEN = "the-token-of-the-operator";

/** A server whose every page is this HTML. */
async function startSite(html: () => string): Promise<{ server: Server; url: string }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(html());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("a login to the dashboard in Chromium", needs("chromium"), () => {
  let ahead = 0;
  let foreignPage = "";
  let site: Awaited<ReturnType<typeof startSite>>;
  let foreign: Awaited<ReturnType<typeof startSite>>;
  let proxy: Proxy;
  let browser: VisitedBrowser;
  let visitor: Visitor;

  beforeAll(async () => {
    site = await startSite(() => "<!doctype html><title>A page of the site</title><p>Words");
    foreign = await startSite(() => foreignPage);
    proxy = await RUNTIMES.node({
      origin: site.url,
      rules: {},
      adminToken: TOKEN,
      platform: { now: () => Math.floor(Date.now() / 1000) + ahead },
    });
    browser = await startBrowser();
  });
  beforeEach(async () => {
    ahead = 0;
    visitor = await browser.visit();
    const { page } = visitor;
    await page.goto(`${proxy.url}/.wayleave/`);
    await page.fill("#token", TOKEN);
    await page.click("button");
    await page.waitForSelector("text=Log out");
  });
  afterEach(() => visitor?.close());
  afterAll(async () => {
    await browser?.close();
    await proxy?.close();
    for (const each of [site, foreign]) {
      each?.server.closeAllConnections();
      each?.server.close();
    }
  });

  const isLoggedIn = async (): Promise<boolean> => {
    await visitor.page.goto(`${proxy.url}/.wayleave/`);
    return (await visitor.page.locator("text=Log out").count()) > 0;
  };

  it("is over after an hour, also if the browser still has the cookie", async () => {
    ahead = 3590;
    expect(await isLoggedIn()).toBe(true);
    ahead = 3610;
    expect(await isLoggedIn()).toBe(false);
    expect(await visitor.page.locator("#token").count()).toBe(1);
  });

  it("neither ends nor begins by a form of another site", async () => {
    for (const [path, fields] of [
      ["logout", ""],
      ["logout", '<input name="form" value="guessed">'],
    ]) {
      foreignPage = `<form method="post" action="${proxy.url}/.wayleave/${path}">${fields}</form><script>document.forms[0].submit()</script>`;
      await visitor.page.goto(foreign.url);
      await visitor.page.waitForURL(`${proxy.url}/**`);
      expect(await isLoggedIn()).toBe(true);
    }
    const { page } = visitor;
    await page.click("text=Log out");
    await page.waitForSelector("#token");
    foreignPage = `<form method="post" action="${proxy.url}/.wayleave/login"><input name="token" value="${TOKEN}"></form><script>document.forms[0].submit()</script>`;
    await page.goto(foreign.url);
    await page.waitForURL(`${proxy.url}/**`);
    expect(await isLoggedIn()).toBe(false);
  });

  it("opens nothing to the scripts of the site", async () => {
    const { page } = visitor;
    await page.goto(`${proxy.url}/a-page`);
    const seen = (await page.evaluate(`(async () => {
      const fetched = [];
      for (const options of [{}, { mode: "no-cors" }, { mode: "same-origin", credentials: "include" }]) {
        const response = await fetch("/.wayleave/", options);
        fetched.push([response.status, (await response.text()).includes("Log out")]);
      }
      const frame = document.createElement("iframe");
      frame.src = "/.wayleave/";
      document.body.append(frame);
      await new Promise((resolve) => (frame.onload = resolve));
      let framed = "";
      try {
        framed = frame.contentDocument?.body?.textContent ?? "";
      } catch {}
      const opened = window.open("/.wayleave/");
      await new Promise((resolve) => setTimeout(resolve, 1500));
      let read = "";
      try {
        read = opened.document.body.textContent;
      } catch {}
      return { fetched, framed: framed.includes("Log out"), opened: read.includes("Log out") };
    })()`)) as { fetched: [number, boolean][]; framed: boolean; opened: boolean };
    expect(seen.fetched).toEqual(Array.from({ length: 3 }, () => [403, false]));
    expect([seen.framed, seen.opened]).toEqual([false, false]);
    expect(await isLoggedIn()).toBe(true);
  });
});
