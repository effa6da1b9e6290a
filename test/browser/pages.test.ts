// Chromium and the dictionary for the pages of a site, without any rule but the switch.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../features/compression/bundles.ts";
import { send } from "../support/client.ts";
import { startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { needs } from "../support/needs.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import { startBrowser, type VisitedBrowser, type Visitor } from "./visitor.ts";

const SHELL = bundle(7, 12_000);
const SITE = ["open", "closed"] as const;
/** The pages of the second site may fetch nothing but themselves. */
const POLICIES: Readonly<Record<string, string>> = { closed: "connect-src 'none'" };

const page = (number: number): Buffer =>
  Buffer.from(
    `<!doctype html><title>${number}</title><script>${SHELL}</script><p>${bundle(100 + number, 2000)}</p>`,
  );

describe("Chromium and the pages of a site", needs("chromium"), () => {
  let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
  let proxy: Proxy;
  let browser: VisitedBrowser;
  let visitor: Visitor;

  beforeAll(async () => {
    browser = await startBrowser();
    origin = await startDictionaryOrigin();
    for (const site of SITE) {
      const policy = POLICIES[site];
      const fields = {
        "cache-control": "no-cache",
        ...(policy && { "content-security-policy": policy }),
      };
      for (let i = 1; i <= 80; i++) {
        origin.files.set(`/${site}/${i}`, { content: page(i), type: "text/html", fields });
      }
    }
    const rules = { defaults: { compression: { dictionary: true } } };
    proxy = await RUNTIMES.node({ origin: origin.url, rules });
    // Others have visited the site.
    for (let round = 0; ; round++) {
      if (round === 200) throw new Error("no dictionary was made");
      const { headers } = await send(`${proxy.url}/open/${(round % 6) + 1}`, {
        headers: { "accept-encoding": "br" },
      });
      if (headers["link"] !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    visitor = await browser.visit();
  });
  afterAll(async () => {
    await visitor?.close();
    await browser?.close();
    await proxy?.close();
    await origin?.close();
  });

  /** The content coding of a page that the browser opens. */
  const opened = async (target: string, of: Visitor): Promise<string> => {
    const response = await of.page.goto(proxy.url + target);
    expect(await of.page.title()).toBe(target.split("/").at(-1));
    return (await response?.allHeaders())?.["content-encoding"] ?? "identity";
  };

  /** Opens one page after the other until one comes as a difference. */
  const untilDelta = async (of: Visitor, first: number): Promise<void> => {
    for (let i = first; ; i++) {
      expect(i).toBeLessThan(first + 20);
      if (/^dc[bz]$/.test(await opened(`/open/${i}`, of))) return;
      // The browser fetches the dictionary when it is idle.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };

  it("gets the next pages as the difference to it, though none is fresh", async () => {
    expect(await opened("/open/10", visitor)).toBe("br");
    await untilDelta(visitor, 11);
  });

  it("gets them with a cookie too, once they are proven to be the same for all", async () => {
    const another = await browser.visit();
    try {
      await untilDelta(another, 11);
      for (const { page: each } of [visitor, another]) {
        await each.context().addCookies([{ name: "_ga", value: "1", url: proxy.url }]);
      }
      for (let i = 60; ; i++) {
        expect(i).toBeLessThan(80);
        expect(await opened(`/open/${i}`, another)).toBe("br");
        await new Promise((resolve) => setTimeout(resolve, 200));
        if (/^dc[bz]$/.test(await opened(`/open/${i}`, visitor))) break;
      }
    } finally {
      await another.close();
    }
  });

  it("is not told of it by a page whose policy forbids the fetch", async () => {
    const { headers } = await send(`${proxy.url}/closed/20`, {
      headers: { "accept-encoding": "br" },
    });
    expect(headers["link"]).toBeUndefined();
  });

  it.each(["connect-src 'none'", "default-src 'none'; script-src 'unsafe-inline'"])(
    "would not fetch it under the policy %s",
    async (policy) => {
      const name = policy.slice(0, 7);
      const dictionary = `/${name}.dict`;
      const link = `<${dictionary}>; rel="compression-dictionary"`;
      const plain = { "cache-control": "no-cache", link };
      const content = page(1);
      const forbidden = { ...plain, "content-security-policy": policy };
      origin.files.set(`/${name}`, { content, type: "text/html", fields: forbidden });
      const other = { ...plain, link: link.replace(".dict", ".other") };
      origin.files.set(`/${name}-open`, { content, type: "text/html", fields: other });
      const asked = (target: string) => origin.asked.some((each) => each.target === target);
      const another = await browser.visit();
      try {
        await another.page.goto(`${origin.url}/${name}`);
        await another.page.goto(`${origin.url}/${name}-open`);
        await expect.poll(() => asked(`/${name}.other`), { timeout: 20_000 }).toBe(true);
        expect(asked(dictionary)).toBe(false);
      } finally {
        await another.close();
      }
    },
  );
});
