import { describe, expect, it } from "vitest";
import { Bench, page, type Page } from "./exchange.ts";

/** A situation on a site, and the outcome that its owner wants. */
interface Situation {
  /** The request of the crawler. @default "/old/" */
  readonly url?: string;
  /** The canonical in the head; none if left out. */
  readonly to?: string;
  /** Further elements of the head. */
  readonly head?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly content?: string;
  readonly options?: object;
  /** Other pages of the site, by target. */
  readonly site?: Readonly<Record<string, Page>>;
  /** The address to which the crawler is redirected; undefined if it gets the page. */
  readonly wants?: string;
  /** Why it gets the page. */
  readonly because?: string;
}

const HTML = { "content-type": "text/html; charset=utf-8" };
const text = (title: string, head = ""): Page => ({
  fields: HTML,
  content: `<!doctype html><html lang="en"><head><title>${title}</title>${head}</head><body><p>The text of ${title}, which no other page of this site has.</p></body></html>`,
});
const moved = (location: string, status = 301): Page => ({ status, fields: { location } });
const gone = (status: number): Page => ({ status, fields: HTML, content: "Not here." });
const hreflang = (links: Readonly<Record<string, string>>): string =>
  Object.entries(links)
    .map(([language, href]) => `<link rel="alternate" hreflang="${language}" href="${href}">`)
    .join("");
const series = (prev: string | undefined, next: string | undefined): string =>
  (prev === undefined ? "" : `<link rel="prev" href="${prev}">`) +
  (next === undefined ? "" : `<link rel="next" href="${next}">`);
const NEW = { "/new/": text("Old") };
const UTM = { ignoreParameters: ["utm_*", "fbclid", "sessionid"] };

const SITUATIONS: Readonly<Record<string, Readonly<Record<string, Situation>>>> = {
  "versions and forms of one page": {
    "an old version of a manual": {
      url: "/v1/install/",
      to: "/install/",
      site: { "/install/": text("Old") },
      wants: "/install/",
    },
    "a print version": {
      url: "/print/article",
      to: "/article",
      site: { "/article": text("Old") },
      wants: "/article",
    },
    "a print parameter": {
      url: "/article?print=1",
      to: "/article",
      site: { "/article": text("Old") },
      wants: "/article",
    },
    "an AMP page": {
      url: "/amp/article",
      to: "/article",
      site: { "/article": text("Old") },
      wants: "/article",
    },
    "an AMP suffix": {
      url: "/article/amp/",
      to: "/article/",
      site: { "/article/": text("Old") },
      wants: "/article/",
    },
    "a mobile path": {
      url: "/m/article",
      to: "/article",
      site: { "/article": text("Old") },
      wants: "/article",
    },
    "a product in two categories": {
      url: "/sale/shoe",
      to: "/shoes/shoe",
      site: { "/shoes/shoe": text("Old") },
      wants: "/shoes/shoe",
    },
    "a colour of a product": {
      url: "/shoe/red",
      to: "/shoe",
      site: { "/shoe": text("Old") },
      wants: "/shoe",
    },
    "an old version whose title names it": {
      url: "/v1/a/",
      to: "/a/",
      content: '<title>A – Manual v1</title><link rel="canonical" href="/a/">',
      site: { "/a/": text("A – Manual") },
      wants: "/a/",
    },
    "an article that was merged into another": {
      url: "/minor/",
      to: "/major/",
      site: { "/major/": text("Major") },
      wants: "/major/",
    },
  },
  parameters: {
    "tracking, canonical without it": {
      url: "/new/?utm_source=mail",
      to: "/new/",
      site: NEW,
      wants: "/new/",
    },
    "tracking that the rule ignores": {
      url: "/new/?utm_source=mail&fbclid=1",
      to: "/new/",
      options: UTM,
      because: "canonical-is-self",
    },
    "a session": { url: "/new/?sid=8fa2", to: "/new/", site: NEW, wants: "/new/" },
    "a sort order": { url: "/new/?sort=price", to: "/new/", site: NEW, wants: "/new/" },
    "a facet": { url: "/new/?color=red&size=9", to: "/new/", site: NEW, wants: "/new/" },
    "one that the canonical keeps": {
      url: "/item?id=5&ref=x",
      to: "/item?id=5",
      site: { "/item?id=5": text("Old") },
      wants: "/item?id=5",
    },
    "entities in the address": {
      url: "/old/",
      to: "/item?a=1&amp;b=2",
      site: { "/item?a=1&b=2": text("Old") },
      wants: "/item?a=1&b=2",
    },
  },
  pagination: {
    "?page=2 to the first page": {
      url: "/list?page=2",
      to: "/list",
      because: "canonical-first-page",
    },
    "?page=3 to ?page=1": {
      url: "/list?page=3",
      to: "/list?page=1",
      because: "canonical-first-page",
    },
    "/page/2/ to the list": { url: "/list/page/2/", to: "/list/", because: "canonical-first-page" },
    "/page/2/ to the home page": { url: "/page/2/", to: "/", because: "canonical-first-page" },
    "/page-2 to the list": { url: "/list/page-2", to: "/list", because: "canonical-first-page" },
    "?start=20 to the list": {
      url: "/list?start=20",
      to: "/list",
      because: "canonical-first-page",
    },
    "?seite=2 to the list": { url: "/list?seite=2", to: "/list", because: "canonical-first-page" },
    "a parameter of the site's own": {
      url: "/list?blatt=2",
      to: "/list",
      options: { pageParameters: ["blatt"] },
      because: "canonical-first-page",
    },
    "by rel=prev alone": {
      url: "/list?after=abc",
      to: "/list",
      head: series("/list", "/list?after=def"),
      because: "canonical-first-page",
    },
    "by rel=prev and next in the path": {
      url: "/list/3",
      to: "/list/1",
      head: series("/list/2", "/list/4"),
      because: "canonical-first-page",
    },
    "by rel=prev in a Link field": {
      url: "/list-2.html",
      to: "/list.html",
      fields: { link: '</list.html>; rel="prev"' },
      because: "canonical-first-page",
    },
    "page 2 of a print version": {
      url: "/print?page=2",
      to: "/list?page=2",
      site: { "/list?page=2": text("Old") },
      wants: "/list?page=2",
    },
    "page 2 to the page that shows all": {
      url: "/list?page=2",
      to: "/list/all",
      site: { "/list/all": text("Old") },
      wants: "/list/all",
    },
    "page 1 with its number": {
      url: "/list?page=1",
      to: "/list",
      site: { "/list": text("Old") },
      wants: "/list",
    },
    "chapters of an old manual": {
      url: "/v1/b/",
      to: "/b/",
      head: series("/v1/a/", "/v1/c/"),
      site: { "/b/": text("Old") },
      wants: "/b/",
    },
    "page 2, its own canonical": {
      url: "/list?page=2",
      to: "/list?page=2",
      because: "canonical-is-self",
    },
  },
  languages: {
    "German to English": {
      url: "/de/a",
      to: "/en/a",
      head: hreflang({ de: "/de/a", en: "/en/a" }),
      because: "canonical-other-language",
    },
    "English to the page that chooses": {
      url: "/en/",
      to: "/",
      head: hreflang({ en: "/en/", de: "/de/", "x-default": "/" }),
      because: "canonical-other-language",
    },
    "British to American English": {
      url: "/gb/a",
      to: "/us/a",
      head: hreflang({ "en-gb": "/gb/a", "en-us": "/us/a" }),
      because: "canonical-other-language",
    },
    "by Link fields": {
      url: "/de/a",
      to: "/en/a",
      fields: {
        link: '</de/a>; rel="alternate"; hreflang="de", </en/a>; rel="alternate"; hreflang="en"',
      },
      because: "canonical-other-language",
    },
    "an unlisted German page": {
      url: "/de/a?x=1",
      content: `<html lang="de"><title>A</title><link rel="canonical" href="/en/a">${hreflang({ en: "/en/a" })}`,
      because: "canonical-other-language",
    },
    "a duplicate in one language": {
      url: "/en/a?x=1",
      to: "/en/a",
      head: hreflang({ en: "/en/a", de: "/de/a" }),
      site: { "/en/a": text("Old") },
      wants: "/en/a",
    },
    "one page for English and for the choice": {
      url: "/old-en",
      to: "/",
      head: hreflang({ en: "/", "x-default": "/", de: "/de/" }),
      site: { "/": text("Old") },
      wants: "/",
    },
  },
  "spellings of one address": {
    "with a slash that the origin server adds": {
      to: "/new",
      site: { "/new": moved("/new/"), ...NEW },
      wants: "/new/",
    },
    "without the slash that the origin server removes": {
      to: "/new/",
      site: { "/new/": moved("/new"), "/new": text("Old") },
      wants: "/new",
    },
    "index.html": { url: "/new/index.html", to: "/new/", site: NEW, wants: "/new/" },
    "upper case": { url: "/New/", to: "/new/", site: NEW, wants: "/new/" },
    "needless escapes": { url: "/%6Eew/", to: "/new/", because: "canonical-is-self" },
    "escapes of another alphabet": {
      to: "/caf%C3%A9/",
      site: { "/caf%C3%A9/": text("Old") },
      wants: "/caf%C3%A9/",
    },
    "protocol-relative": { to: "//www.example.com/new/", site: NEW, wants: "/new/" },
    "relative, with a base": {
      to: "new/",
      head: '<base href="/docs/">',
      site: { "/docs/new/": text("Old") },
      wants: "/docs/new/",
    },
    "relative, without a base": { to: "../new/", site: NEW, wants: "/new/" },
    "the origin server's own name": {
      to: "http://origin.internal:8080/new/",
      site: NEW,
      wants: "/new/",
    },
    "a fragment of the page": { to: "/new/#part", site: NEW, wants: "/new/" },
    "without www, which the rule equates": {
      to: "https://example.com/new/",
      options: { equivalents: ["https://example.com"] },
      site: NEW,
      wants: "/new/",
    },
    "without www": { to: "https://example.com/new/", because: "canonical-cross-origin" },
    "http in place of https": {
      to: "http://www.example.com/new/",
      because: "canonical-cross-origin",
    },
  },
  "several statements": {
    "one link twice": {
      content: '<link rel="canonical" href="/new/"><link rel="canonical" href="/new/">',
      site: NEW,
      wants: "/new/",
    },
    "two that differ": {
      content: '<link rel="canonical" href="/new/"><link rel="canonical" href="/other/">',
      because: "canonicals-conflict",
    },
    "field and element that agree": {
      to: "/new/",
      fields: { link: '</new/>; rel="canonical"' },
      site: NEW,
      wants: "/new/",
    },
    "field and element that differ": {
      to: "/new/",
      fields: { link: '</other/>; rel="canonical"' },
      because: "canonicals-conflict",
    },
    "a field alone": { fields: { link: '</new/>; rel="canonical"' }, site: NEW, wants: "/new/" },
    "canonical and refresh that agree": {
      to: "/new/",
      head: '<meta http-equiv="refresh" content="0; url=/new/">',
      site: NEW,
      wants: "/new/",
    },
    "a refresh alone": {
      head: '<meta http-equiv="refresh" content="0;URL=\'/new/\'">',
      site: NEW,
      wants: "/new/",
    },
    "its own canonical, and a refresh": {
      to: "/old/",
      head: '<meta http-equiv="refresh" content="0; url=/new/">',
      site: NEW,
      wants: "/new/",
    },
    "a refresh of the page itself": {
      head: '<meta http-equiv="refresh" content="300">',
      because: "no-canonical",
    },
    "a refresh after minutes": {
      head: '<meta http-equiv="refresh" content="600; url=/new/">',
      because: "no-canonical",
    },
    "a canonical in the body": {
      content: '<title>Old</title><body><link rel="canonical" href="/new/">',
      because: "no-canonical",
    },
    "a canonical that a script writes": {
      head: "<script>document.write('<link rel=canonical href=/new/>')</script>",
      because: "no-canonical",
    },
    none: { because: "no-canonical" },
  },
  content: {
    "a PDF with a field": {
      url: "/paper.pdf",
      fields: { "content-type": "application/pdf", link: '</paper/>; rel="canonical"' },
      content: "%PDF",
      site: { "/paper/": text("Old") },
      wants: "/paper/",
    },
    "a PDF without one": {
      url: "/paper.pdf",
      fields: { "content-type": "application/pdf" },
      content: "%PDF",
      because: "not-html",
    },
    "an image with a field": {
      url: "/a.png",
      fields: { "content-type": "image/png", link: '</b.png>; rel="canonical"' },
      content: "png",
      because: "not-html",
    },
    "an image that the rule names": {
      url: "/a.png",
      fields: { "content-type": "image/png", link: '</b.png>; rel="canonical"' },
      content: "png",
      options: { types: ["image/*"] },
      site: { "/b.png": { fields: { "content-type": "image/png" }, content: "png" } },
      wants: "/b.png",
    },
    "a head of 300 KB before the canonical": {
      content: `<head><!--${"x".repeat(300_000)}--><link rel="canonical" href="/new/">`,
      because: "scan-cut",
    },
    "the same with a larger bound": {
      content: `<head><!--${"x".repeat(300_000)}--><link rel="canonical" href="/new/">`,
      options: { maxScan: 400_000 },
      site: NEW,
      wants: "/new/",
    },
  },
  templates: {
    "an empty address": { to: "", because: "canonical-empty" },
    "an unfilled placeholder": { to: "{{ page.url }}", because: "canonical-placeholder" },
    "an unfilled server tag": { to: "<%= url %>", because: "canonical-placeholder" },
    "an unfilled variable": {
      to: "https://www.example.com${path}",
      because: "canonical-placeholder",
    },
    undefined: { to: "undefined", because: "canonical-target-missing" },
    null: { to: "/null", because: "canonical-target-missing" },
    "a fragment of an app": { to: "/#!/old", because: "canonical-fragment" },
    "a staging host": { to: "https://staging.example.com/old/", because: "canonical-cross-origin" },
    localhost: { to: "http://localhost:3000/old/", because: "canonical-cross-origin" },
    "no address at all": { to: "javascript:void(0)", because: "canonical-invalid" },
  },
  targets: {
    missing: { to: "/404-target", because: "canonical-target-missing" },
    gone: { to: "/gone/", site: { "/gone/": gone(410) }, because: "canonical-target-missing" },
    failing: { to: "/broken/", site: { "/broken/": gone(503) }, because: "canonical-target-unfit" },
    "behind a login": {
      to: "/private/",
      site: { "/private/": gone(401) },
      because: "canonical-target-unfit",
    },
    "not to be indexed": {
      to: "/hidden/",
      site: { "/hidden/": text("Old", '<meta name="robots" content="NOINDEX, follow">') },
      because: "canonical-target-unfit",
    },
    "not to be indexed, by a field": {
      to: "/hidden/",
      site: { "/hidden/": { ...text("Old"), fields: { ...HTML, "x-robots-tag": "noindex" } } },
      because: "canonical-target-unfit",
    },
    "not to be indexed by one other crawler": {
      to: "/new/",
      site: {
        "/new/": { ...text("Old"), fields: { ...HTML, "x-robots-tag": "otherbot: noindex" } },
      },
      wants: "/new/",
    },
    "moved to the home page": {
      to: "/moved/",
      site: { "/moved/": moved("/"), "/": text("Home") },
      because: "canonical-target-unfit",
    },
    "moved to another folder": {
      to: "/a/page",
      site: { "/a/page": moved("/b/page"), "/b/page": text("Old") },
      wants: "/b/page",
    },
    "moved to another site": {
      to: "/moved/",
      site: { "/moved/": moved("https://other.example/moved/") },
      because: "canonical-target-unfit",
    },
    "moved back to the page": {
      to: "/new/",
      site: { "/new/": moved("/old/", 302) },
      because: "canonical-leads-back",
    },
    "a stub that refreshes back to the page": {
      to: "/new/",
      site: { "/new/": text("New", '<meta http-equiv="refresh" content="0; url=/old/">') },
      because: "canonical-leads-back",
    },
    "a stub that refreshes to the page that is meant": {
      to: "/stub/",
      site: {
        "/stub/": text(
          "Stub",
          '<meta name="robots" content="noindex"><meta http-equiv="refresh" content="0; url=/new/">',
        ),
        ...NEW,
      },
      wants: "/new/",
    },
    "a chain of three": {
      to: "/2/",
      site: { "/2/": page("/3/"), "/3/": page("/new/"), ...NEW },
      wants: "/new/",
    },
    "a chain that ends at a missing page": {
      to: "/2/",
      site: { "/2/": page("/404/") },
      wants: "/2/",
    },
    "a loop of two": { to: "/2/", site: { "/2/": page("/old/") }, because: "canonical-loop" },
    "a chain that is too long": {
      to: "/2/",
      options: { maxChain: 1 },
      site: { "/2/": page("/3/"), "/3/": text("3") },
      because: "canonical-chain-too-long",
    },
  },
};

const all = Object.values(SITUATIONS).flatMap((each) => Object.values(each));

it("lists at least 70 situations", () => expect(all.length).toBeGreaterThanOrEqual(70));

describe.each(Object.entries(SITUATIONS))("%s", (_about, situations) => {
  it.each(Object.entries(situations))("%s", async (_name, situation) => {
    const { url = "/old/", to, head = "", fields = HTML, content, site = {}, options } = situation;
    const bench = new Bench(options);
    bench.pages.clear();
    for (const [target, each] of Object.entries(site)) bench.pages.set(target, each);
    const link = to === undefined ? "" : `<link rel="canonical" href="${to}">`;
    const own = {
      fields: { ...HTML, ...fields },
      content: content ?? text("Old", link + head).content,
    };
    bench.pages.set(url, own as Page);
    // The first visit, one from memory, and one after a human's.
    for (let visit = 0; visit < 3; visit++) {
      bench.clock += 2;
      const got = await bench.ask(url);
      expect(got.to).toBe(situation.wants);
      if (situation.wants === undefined) {
        expect(got.status).toBe(200);
        expect(got.decision?.reason).toBe(situation.because);
      }
      if (visit === 1) await bench.ask(url, { agent: { kind: "anonymous" } });
    }
  });
});

describe("error pages with status 200", () => {
  const error = { fields: HTML, content: "<title>Oops</title><p>Sorry, we have no such page." };

  it.each(["/404-target", "undefined", "/old/undefined", "/deep/folder/none.html", "/?p=404"])(
    "are no target: %s",
    async (to) => {
      const bench = new Bench();
      bench.missing = error;
      bench.pages.set("/old/", text("Old", `<link rel="canonical" href="${to}">`));
      for (let visit = 0; visit < 2; visit++) {
        expect(await bench.ask("/old/")).toMatchObject({ status: 200, to: undefined });
      }
    },
  );

  it("do not keep a short page that shares most words with them from being a target", async () => {
    const common =
      "Our shop sells lamps of many kinds. We deliver within three days, and you may return what you do not like. Write to us if you have a question about an order.";
    const page = (title: string, link = "") =>
      `<title>${title}</title>${link}<h1>${title}</h1><p>${common}`;
    const bench = new Bench();
    bench.missing = { fields: HTML, content: page("Nothing here") };
    bench.pages.set("/lamp/", { fields: HTML, content: page("Red lamp") });
    for (const [path, to] of [
      ["/lamp/print", "/lamp/"],
      ["/lamp/?utm_source=a", "/lamp/"],
      ["/old-lamp/", "/gone/"],
      ["/lost-lamp/", "/nothing-here/"],
    ] as const) {
      const link = `<link rel="canonical" href="${to}">`;
      bench.pages.set(path, { fields: HTML, content: page("Red lamp", link) });
      expect((await bench.ask(path)).to).toBe(to === "/lamp/" ? to : undefined);
    }
  });

  it("do not keep a real target from being one", async () => {
    const bench = new Bench();
    bench.missing = error;
    bench.pages.set("/new/", text("New page"));
    bench.pages.set("/old/", text("Old", '<link rel="canonical" href="/new/">'));
    expect((await bench.ask("/old/")).to).toBe("/new/");
  });
});
