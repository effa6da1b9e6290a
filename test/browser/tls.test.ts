// Chromium at our own TLS and HTTP/2, with a certificate of an authority that it is told to trust.
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { makeAuthority } from "../support/authority.ts";
import { needs } from "../support/needs.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import { pairOf } from "../support/tls-site.ts";
import { startBrowser, type VisitedBrowser, type Visitor } from "./visitor.ts";

const assets = new URL("../../fixtures/site/assets/", import.meta.url);
const app = (version: number): Buffer => readFileSync(new URL(`app.v${version}.js`, assets));

describe("Chromium at our TLS and HTTP/2", needs("chromium", "openssl"), () => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  let browser: VisitedBrowser;
  let visitor: Visitor;
  let url: string;

  beforeAll(async () => {
    origin = await startDictionaryOrigin();
    for (const version of [3, 4]) {
      origin.files.set(`/assets/app.v${version}.js`, { content: app(version) });
    }
    const fields = { "cache-control": "no-store" };
    const content = Buffer.from("<!doctype html><title>page</title>");
    origin.files.set("/", { content, type: "text/html", fields });
    const certificate = makeAuthority().issue("localhost", ["DNS:localhost"]);
    const { publicKey } = new X509Certificate(certificate.cert);
    const spki = publicKey.export({ type: "spki", format: "der" });
    const pin = createHash("sha256").update(spki).digest("base64");
    browser = await startBrowser([`--ignore-certificate-errors-spki-list=${pin}`]);
    proxy = await RUNTIMES.node({
      origin: origin.url,
      tls: { certificates: [pairOf(certificate)] },
      rules: { defaults: { compression: { dictionary: { match: "/assets/app.*" } } } },
    });
    url = proxy.url.replace("127.0.0.1", "localhost");
    visitor = await browser.visit();
  });
  afterAll(async () => {
    await visitor?.close();
    await browser?.close();
    await proxy?.close();
    await origin?.close();
  });

  /** Fetches a target in the page: its content coding, its protocol, and its text. */
  const fetched = async (target: string) => {
    const answered = visitor.page.waitForResponse(url + target);
    const text = await visitor.page.evaluate(async (path) => (await fetch(path)).text(), target);
    const response = await answered;
    const protocol = await visitor.page.evaluate((name) => {
      const [entry] = performance.getEntriesByName(name) as PerformanceResourceTiming[];
      return entry?.nextHopProtocol;
    }, url + target);
    return { text, protocol, coding: (await response.allHeaders())["content-encoding"] };
  };

  it("gets the next version of a script as the difference, with a cookie too", async () => {
    await visitor.page.goto(`${url}/`);
    expect(await visitor.page.evaluate(() => isSecureContext)).toBe(true);
    await visitor.page.context().addCookies([{ name: "_ga", value: "1", url }]);
    const first = await fetched("/assets/app.v3.js");
    expect([first.protocol, first.coding]).toEqual(["h2", "br"]);
    // The browser registers a dictionary some time after the response.
    for (let i = 0; ; i++) {
      const target = `/assets/app.v4.${i}.js`;
      origin.files.set(target, { content: app(4) });
      const { protocol, text, coding = "" } = await fetched(target);
      expect([protocol, text === app(4).toString()]).toEqual(["h2", true]);
      if (/^dc[bz]$/.test(coding)) return;
      expect(i).toBeLessThan(60);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});
