import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { send } from "../support/client.ts";
import { startDictionaryOrigin } from "../support/dictionary-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { startFront, type Passed } from "./front.ts";
import { REGISTERED, startCases } from "./registered.ts";
import { startBrowser, type Transfer, type VisitedBrowser, type Visitor } from "./visitor.ts";

const TOKEN = "a-token-that-is-long-enough-for-the-test";
const assets = new URL("../../fixtures/site/assets/", import.meta.url);
const app = (version: number): Buffer => readFileSync(new URL(`app.v${version}.js`, assets));
const GZIP = gzipSync(app(4), { level: 6 }).length;

/** The last two deploys of the demo differ by a fix, the others by a release. */
const DEPLOYS = [2, 3, 4];

const css = (version: number): Buffer =>
  Buffer.from(`${readFileSync(new URL("site.css", assets), "utf8")}\n:root{--deploy:${version}}\n`);

const doc = (name: string): Buffer =>
  Buffer.from(
    `<!doctype html><title>${name}</title><main>${readFileSync(new URL("../index.html", assets), "utf8").replaceAll(/<\/?(?:html|head|body|script|link|title)\b[^>]*>/g, "")}<p id="name">${name}</p></main>`,
  );

const page = (body: string): Buffer => Buffer.from(`<!doctype html><title>page</title>${body}`);

describe.each(["node", "workerd"] as RuntimeName[])(
  "Chromium in front of %s",
  needs("chromium"),
  (runtime) => {
    let origin: Awaited<ReturnType<typeof startDictionaryOrigin>>;
    let proxy: Proxy;
    let front: Awaited<ReturnType<typeof startFront>>;
    let browser: VisitedBrowser;
    let visitor: Visitor;

    beforeAll(async () => {
      browser = await startBrowser();
      origin = await startDictionaryOrigin();
      proxy = await RUNTIMES[runtime]({
        origin: origin.url,
        purgeToken: TOKEN,
        rules: {
          rules: [
            {
              name: "scripts",
              match: { path: "/assets/app.*" },
              compression: { dictionary: { match: "/assets/app.*" } },
            },
            {
              name: "styles",
              match: { path: "/assets/site.*" },
              compression: { dictionary: { match: "/assets/site.*", matchDest: ["style"] } },
            },
            {
              name: "pages",
              match: { path: "/docs/*" },
              compression: { dictionary: { match: "/docs/*", matchDest: ["document"] } },
            },
            { name: "found", match: { path: "/auto/*" }, compression: { dictionary: true } },
          ],
        },
      });
      front = await startFront(() => proxy.url);
      const put = (target: string, content: Buffer, type?: string, fields = {}): void =>
        void origin.files.set(target, { content, fields, ...(type === undefined ? {} : { type }) });
      for (const version of [1, 2, 3, 4]) {
        put(`/assets/app.v${version}.js`, app(version), undefined, {
          "access-control-allow-origin": "*",
        });
        put(`/assets/site.v${version}.css`, css(version), "text/css");
        const tags = `<link rel="stylesheet" href="/assets/site.v${version}.css"><script src="/assets/app.v${version}.js"></script>`;
        put(`/deploy/${version}`, page(tags), "text/html", { "cache-control": "no-store" });
      }
      put("/blank", page(""), "text/html", { "cache-control": "no-store" });
      for (const name of ["a", "b"]) put(`/docs/${name}`, doc(name), "text/html");
    });
    afterAll(async () => {
      await browser?.close();
      await front?.close();
      await proxy?.close();
      await origin?.close();
    });
    beforeEach(async () => {
      front.state.only = undefined;
      front.passed.clear();
      visitor = await browser.visit();
    });
    afterEach(() => visitor?.close());

    /** A transfer once it is over. */
    const over = async (target: string): Promise<Transfer & Passed> => {
      for (let i = 0; i < 100; i++) {
        const transfer = visitor.last(front.url + target);
        const passed = front.passed.get(target);
        if (passed !== undefined && (transfer?.bytes ?? transfer?.failed) !== undefined) {
          return { ...passed, ...(transfer as Transfer) };
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`${target} was not transferred`);
    };

    /** Waits until the browser offers a dictionary for targets like this one: it registers late. */
    const untilOffered = async (probe: string, run = fetching, end = ""): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        const target = `${probe}${i}${end}`;
        await run(target);
        if ((await over(target)).offered) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`no dictionary was offered for ${probe}`);
    };

    const fetching = async (target: string): Promise<void> => {
      await visitor.page.evaluate(async (url) => {
        await (await fetch(url)).text();
      }, target);
    };

    const navigating = async (target: string): Promise<void> => {
      await visitor.page.goto(front.url + target);
    };

    const deployed = () =>
      visitor.page.evaluate(
        () => (globalThis as unknown as { lantern?: { version: string } }).lantern?.version,
      );

    it.each(["dcb", "dcz"] as const)(
      "gets each deploy's script and style as the difference, in %s, and runs them",
      async (coding) => {
        front.state.only = coding;
        await navigating(`/deploy/${DEPLOYS[0]}`);
        expect((await over(`/assets/app.v${DEPLOYS[0]}.js`)).coding).toBe("br");
        for (const version of DEPLOYS.slice(1)) {
          await untilOffered(`/assets/app.probe${version}.`);
          await navigating(`/deploy/${version}`);
          const script = await over(`/assets/app.v${version}.js`);
          expect([script.offered, script.coding, script.failed]).toEqual([true, coding, undefined]);
          expect(await deployed()).toBe({ 3: "2.5.0", 4: "2.5.1" }[version]);
          expect(script.bytes).toBeLessThan(GZIP * (version === 4 ? 0.02 : 0.05));
          const style = await over(`/assets/site.v${version}.css`);
          expect([style.coding, style.failed]).toEqual([coding, undefined]);
          const seen = await visitor.page.evaluate(() =>
            getComputedStyle(document.documentElement).getPropertyValue("--deploy").trim(),
          );
          expect(seen).toBe(String(version));
        }
      },
    );

    it("gets it by fetch, with a cookie of the site too", async () => {
      await navigating("/blank");
      await visitor.page.context().addCookies([{ name: "session", value: "1", url: front.url }]);
      await fetching("/assets/app.v3.js");
      await untilOffered("/assets/app.probe-cookie.");
      await fetching("/assets/app.v4.js");
      const { coding, bytes } = await over("/assets/app.v4.js");
      expect(coding).toBe("dcb");
      expect(bytes).toBeLessThan(GZIP * 0.02);
    });

    it("gets each next page as a delta", async () => {
      await navigating("/docs/a");
      expect((await over("/docs/a")).useAsDictionary).toContain('match-dest=("document")');
      await untilOffered("/docs/probe", navigating);
      await navigating("/docs/b");
      const { coding, failed } = await over("/docs/b");
      expect([coding, failed]).toEqual(["dcb", undefined]);
      expect(await visitor.page.textContent("#name")).toBe("b");
    });

    it("is given no delta for another site's script that it may not read", async () => {
      await navigating("/blank");
      await fetching("/assets/app.v3.js");
      await untilOffered("/assets/app.probe-cors.");
      const url = `${front.elsewhere}/assets/app.v4.js`;
      await visitor.page.addScriptTag({ url });
      const script = front.passed.get("/assets/app.v4.js");
      expect([script?.offered, script?.coding, script?.status]).toEqual([false, "br", 200]);
      expect(await deployed()).toBe("2.5.1");
    });

    it("gets the plain coding after a purge, and the difference again after that", async () => {
      await navigating("/deploy/2");
      await untilOffered("/assets/app.probe-purge.");
      const purged = await send(`${front.url}/.wayleave/purge`, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify({ all: true }),
      });
      expect(purged.status).toBeLessThan(300);
      await navigating("/deploy/3");
      const plain = await over("/assets/app.v3.js");
      expect([plain.offered, plain.coding, await deployed()]).toEqual([true, "br", "2.5.0"]);
      await untilOffered("/assets/app.probe-after.");
      await navigating("/deploy/4");
      expect((await over("/assets/app.v4.js")).coding).toBe("dcb");
      expect(await deployed()).toBe("2.5.1");
    });

    // The origin server alone responds here: one runtime's browser is enough.
    if (runtime === "node")
      it("registers what the proxy offers, and nothing else", async () => {
        const cases = await startCases();
        try {
          await visitor.page.goto(`${cases.url}/`);
          const fetchAll = (end: string) =>
            visitor.page.evaluate(
              async ([count, name]) => {
                const all = Array.from({ length: count }, (_, i) => fetch(`/${i}/${name}`));
                await Promise.all(all.map(async (each) => (await each).text()));
              },
              [REGISTERED.length, end] as const,
            );
          const wanted = REGISTERED.flatMap(([, isRegistered], i) => (isRegistered ? [i] : []));
          await fetchAll("first");
          // Once the last of them is registered, others would be too.
          for (let i = 0; i < 60 && wanted.some((each) => !cases.offered.has(each)); i++) {
            await fetchAll(`next${i}`);
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
          await fetchAll("last");
          expect([...cases.offered].toSorted((a, b) => a - b)).toEqual(wanted);
        } finally {
          await cases.close();
        }
      });

    it("gets the third deploy as a difference without any rule for it", async () => {
      const hashes = ["BqXz3k2a", "f9Tr81Lm", "Kw04pzQ7"];
      const target = (deploy: number): string => `/auto/${runtime}-${hashes[deploy]}.js`;
      /** What everyone else does meanwhile: what one client alone fetches is no dictionary. */
      const others = async (path: string, until: (fields: object) => boolean): Promise<void> => {
        for (let i = 0; i < 100; i++) {
          for (const client of ["one/1.0", "another/1.0"]) {
            const { headers } = await send(front.url + path, {
              headers: { "accept-encoding": "br", "user-agent": client },
            });
            if (until(headers)) return;
          }
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error(`${path} is not offered as a dictionary`);
      };
      for (const [deploy, version] of DEPLOYS.entries()) {
        origin.files.set(target(deploy), { content: app(version) });
        const tags = `<script src="${target(deploy)}"></script>`;
        const fields = { "cache-control": "no-store" };
        origin.files.set("/auto-page", { content: page(tags), type: "text/html", fields });
        if (deploy === 0) await others(target(0), () => true);
        if (deploy === 1) await others(target(1), (fields) => "use-as-dictionary" in fields);
        if (deploy === 2) await untilOffered(`/auto/${runtime}-Zz9Yy8X`, fetching, ".js");
        await navigating("/auto-page");
      }
      const { coding, bytes } = await over(target(2));
      expect(coding).toBe("dcb");
      expect(bytes).toBeLessThan(GZIP * 0.02);
      expect(await deployed()).toBe("2.5.1");
    });
  },
);
