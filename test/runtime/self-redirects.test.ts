import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, type RawResponse } from "../support/client.ts";
import { startSite, type TestSite } from "../features/canonical-redirect/site.ts";
import { PUBLIC } from "../features/canonical-redirect/cases.ts";
import { RUNTIMES, type RuntimeName } from "../support/runtimes.ts";

const PAGES = new Set(["/", "/docs", "/docs/start"]);
const html = "<!doctype html><title>T</title><main><h1>T</h1><p>some text</p></main>";

/** How an origin spells the addresses of its pages, before it knows whether they are there. */
const ORIGINS: Readonly<Record<string, (path: string, to: ServerResponse) => void>> = {
  "Next.js with trailingSlash"(path, to) {
    const isFile = (path.split("/").at(-1) ?? "").includes(".");
    if (!path.endsWith("/") && !isFile) redirect(to, 308, `${path}/`);
    else page(path, to);
  },
  "Next.js without trailingSlash"(path, to) {
    if (path !== "/" && path.endsWith("/")) redirect(to, 308, path.slice(0, -1));
    else page(path, to);
  },
  "a server that adds a slash to all"(path, to) {
    if (path.endsWith("/")) page(path, to);
    else redirect(to, 301, `${path}/`);
  },
  "nginx with absolute redirects to its public name"(path, to) {
    if (path.endsWith("/")) page(path, to);
    else redirect(to, 301, `${PUBLIC.toUpperCase()}:443${path}/`);
  },
  "a server that names index.html"(path, to) {
    if (path.endsWith("/index.html")) page(path.slice(0, -"index.html".length), to);
    else if (path.endsWith("/")) redirect(to, 302, `${path}index.html`);
    else redirect(to, 301, `${path}/`);
  },
  "a server that takes index.html away"(path, to) {
    if (path.endsWith("/index.html")) redirect(to, 301, path.slice(0, -"index.html".length));
    else page(path, to);
  },
};

function redirect(to: ServerResponse, status: number, location: string): void {
  to.writeHead(status, { location }).end();
}

function page(path: string, to: ServerResponse): void {
  const isThere = PAGES.has(path.length > 1 ? path.replace(/\/$/, "") : path);
  to.writeHead(isThere ? 200 : 404, { "content-type": "text/html" }).end(html);
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("on %s", (runtime) => {
  let site: TestSite;
  beforeAll(async () => {
    site = await startSite(runtime, {
      defaults: { markdown: { pathMd: true }, canonicalRedirect: true },
    });
  }, 60_000);
  afterAll(() => site?.close());

  /** Follows redirects to their end, ten at most. */
  async function follow(target: string, ask: (target: string) => Promise<RawResponse>) {
    const seen: string[] = [];
    for (let at = target; seen.length < 10;) {
      const { status, headers } = await ask(at);
      seen.push(`${status} ${at}`);
      const { location } = headers;
      if (location === undefined) return { seen, status, type: headers["content-type"] };
      const to = new URL(location, PUBLIC + at);
      const next = to.pathname + to.search;
      expect(next, `${seen.join(" > ")} > itself`).not.toBe(at);
      at = next;
    }
    throw new Error(`no end: ${seen.join(" > ")}`);
  }

  describe.each(Object.entries(ORIGINS))("in front of %s", (_name, answer) => {
    beforeAll(() => {
      const { routes } = site.origin;
      routes.get = (path) =>
        Map.prototype.get.call(routes, path) ?? ((_request, to) => answer(path, to));
    });
    const anyone = (target: string): Promise<RawResponse> => send(site.proxy.url + target);

    it.each([
      "/nope/index.md",
      "/nope.md",
      "/nope/index.md?a=1",
      "/nope/deep/index.md",
      "/nope.html.md",
    ])("ends %s, whose page is missing, with 404", async (target) => {
      const end = await follow(target, anyone);
      expect(end.status, end.seen.join(" > ")).toBe(404);
    });

    it.each([
      "/index.md",
      "/docs/index.md",
      "/docs.md",
      "/docs/start/index.md?a=1",
      "/docs/start.md",
    ])("ends %s, whose page exists, with its markdown", async (target) => {
      const end = await follow(target, anyone);
      expect(end.status, end.seen.join(" > ")).toBe(200);
      expect(end.type).toContain("text/markdown");
    });
  });

  describe("a canonical that is the page in another spelling", () => {
    it.each([
      ["/a/index.md", "/a"],
      ["/a/index.md", `${PUBLIC.toUpperCase()}:443/a#part`],
      ["/a/index.md?x=1", "/a?x=1"],
      ["/a/index.md", "/a/index.html"],
    ])("never sends a crawler from %s to itself", async (target, canonical) => {
      const { routes } = site.origin;
      for (const path of ["/a/", "/a", "/a/index.html"]) {
        routes.set(path, (_request, response) => {
          const head = `<link rel="canonical" href="${canonical}">`;
          response.writeHead(200, { "content-type": "text/html" }).end(head + html);
        });
      }
      for (const _time of ["first", "remembered"]) {
        const end = await follow(target, (each) => site.crawl(each));
        expect(end.status, end.seen.join(" > ")).toBe(200);
      }
    });
  });
});
