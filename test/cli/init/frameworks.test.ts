import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FRAMEWORK_SITES, serveFrameworkSites } from "../../support/framework-sites.ts";
import { draftFor } from "../../support/run-init.ts";

type Served = Awaited<ReturnType<typeof serveFrameworkSites>>;
type Draft = Awaited<ReturnType<typeof draftFor>>;

let folder: string;
let server: Served;
const drafts = new Map<string, Draft>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-init-"));
  server = await serveFrameworkSites();
  for (const { name, resources } of FRAMEWORK_SITES) {
    server.show(resources);
    drafts.set(name, await draftFor(server.url, folder));
  }
});
afterAll(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const draftOf = (name: string): Draft => drafts.get(name) as Draft;

describe.each(FRAMEWORK_SITES.map(({ name }) => name))("init on %s", (name) => {
  it("writes rules without faults and warnings, and tests that pass", () => {
    const { checked, tested } = draftOf(name);
    expect(checked).toMatchObject({ faults: [], warnings: [] });
    expect(tested.failed).toBe(0);
    expect(tested.passed).toBeGreaterThanOrEqual(4);
  });

  it("lets every feature only observe", () => {
    const { rules } = draftOf(name);
    const values = [
      ...rules.matchAll(
        /^ +"(?:documents|canonicalRedirect|markdown|compression|cache|signals|robots|access)": (.*),$/gm,
      ),
    ];
    expect(values.length).toBeGreaterThanOrEqual(6);
    for (const [line, value = ""] of values)
      expect([line, /^(?:"observe"|false|\{ "mode": "observe")/.test(value)]).toEqual([line, true]);
  });
});

describe("init finds out", () => {
  const found = (name: string) => draftOf(name).survey;

  it.each([
    ["Next.js", "Next.js", "Vercel"],
    ["Nuxt", "Nuxt", undefined],
    ["Astro", "Astro", undefined],
    ["SvelteKit", "SvelteKit", undefined],
    ["Gatsby", "Gatsby", undefined],
    ["Hugo", "Hugo", undefined],
    ["Jekyll", "Jekyll", "GitHub Pages"],
    ["WordPress", "WordPress", undefined],
    ["Docusaurus", "Docusaurus", undefined],
    ["VitePress", "VitePress", undefined],
    ["Shopify", "Shopify", "Cloudflare"],
  ])("the framework of %s, and a cache in front", (name, framework, front) => {
    const { framework: named, front: inFront } = found(name);
    expect(named).toMatchObject({ name: framework });
    expect(inFront).toBe(front);
  });

  it.each([
    ["Next.js", "canonicals"],
    ["Hugo", "sitemap"],
    ["Nuxt", undefined],
  ])("the public origin of %s", (name, from) => {
    const origin = "https://www.lamps.example";
    expect(found(name)["publicOrigin"]).toEqual(from === undefined ? from : { origin, from });
    expect(draftOf(name).rules.includes(`\n  "publicOrigin": "${origin}",`)).toBe(
      from !== undefined,
    );
  });

  it("pages with another canonical, and tests the redirect by one of them", () => {
    const { tests, survey } = draftOf("Docusaurus");
    expect(JSON.stringify(survey["pages"])).toContain(
      '{"target":"/docs/1.0/intro","canonical":{"kind":"elsewhere","to":"https://www.lamps.example/docs/intro"',
    );
    expect(tests).toContain('"url": "/docs/1.0/intro"');
    expect(tests).toContain('"to": "/docs/intro"');
    expect(draftOf("WordPress").tests).toContain('"url": "/?p=1"');
  });

  it.each([
    ["WordPress", ["/my-account", "/wp-admin", "/wp-login.php"]],
    [
      "Shopify",
      ["/account", "/admin", "/cart", "/checkout", "/checkouts", "/en-gb/cart", "/orders"],
    ],
    ["Nuxt", ["/login", "/register"]],
    ["Hugo", []],
  ])("personal pages of %s", (name, paths) => {
    const personal = found(name)["personal"] as readonly { readonly path: string }[];
    expect(personal.map(({ path }) => path)).toEqual(paths);
  });

  it("bots that robots.txt refuses, other than search engines and names that no request has", () => {
    expect(found("WordPress")["robots"]).toEqual({
      isThere: true,
      refused: ["GPTBot", "CCBot"],
      signals: { search: true, aiTrain: false },
    });
    expect(draftOf("WordPress").rules).toContain('"agent": { "name": ["GPTBot", "CCBot"] }');
    expect(draftOf("WordPress").rules).toContain(
      '\n  "signals": { "mode": "observe", "search": true, "aiTrain": false },',
    );
  });

  it("feeds, bundles of its own, and the names of cookies, but not their values", () => {
    expect(found("WordPress")["feeds"]).toEqual(["/feed/", "/comments/feed/"]);
    expect(found("Hugo")["feeds"]).toEqual(["/index.xml", "/posts/index.xml"]);
    const { groups, elsewhere } = found("WordPress")["bundles"] as {
      readonly groups: readonly { readonly match: string }[];
      readonly elsewhere: readonly string[];
    };
    expect(groups.map(({ match }) => match).toSorted()).toEqual([
      "/wp-content/themes/lamp/style.css",
      "/wp-includes/js/jquery/jquery.min.js",
    ]);
    expect(elsewhere).toEqual(["stats.wp.com"]);
    const { rules, tests, survey } = draftOf("Nuxt");
    expect(survey["cookies"]).toEqual(["i18n_redirected", "session"]);
    expect(rules).toContain("i18n_redirected (2), session (1)");
    expect(rules + tests + JSON.stringify(survey)).not.toContain("s3cr3t");
  });

  it("documents that the site has, sitemaps, and pages that scripts write", () => {
    expect(found("VitePress")["hasLlmsTxt"]).toBe(true);
    expect(found("Astro")["sitemap"]).toEqual({ path: "/sitemap-0.xml", pages: 3 });
    expect(found("Gatsby")["sitemap"]).toBeUndefined();
    const scripted = draftOf("a page that scripts write (Vite)");
    expect(scripted.survey["pages"]).toMatchObject([{ isScriptOnly: true }]);
    expect(scripted.rules).toMatch(/Pages that scripts\s+\/\/ write: 1 of 1\./);
  });
});
