import * as fc from "fast-check";
import { PUBLIC } from "./cases.ts";
import type { Bench, Page } from "./exchange.ts";

/** A page as its owner wants it: the address where its content is to be found. */
export interface HonestPage {
  readonly path: string;
  /** The path of the page that has this content; itself if it is the canonical. */
  readonly home: string;
  readonly title: string;
  readonly text: string;
}

/** What a template writes in place of the honest canonical. */
export const FAULTS = [
  "home",
  "hub",
  "missing",
  "gone",
  "server-error",
  "undefined",
  "placeholder",
  "soft-404",
  "noindex",
  "moved-home",
  "localhost",
  "fragment",
  "next",
  "chain-to-missing",
  "other-language",
  "first-page",
] as const;

export type Fault = (typeof FAULTS)[number];

/** A site with a fault in the template of some of its pages. */
export interface RandomSite {
  readonly pages: readonly HonestPage[];
  readonly fault: Fault;
  /** Pages that have the fault, by path. */
  readonly faulty: ReadonlySet<string>;
  /** Whether addresses that do not exist have status 200. */
  readonly isSoft: boolean;
  /** Whether the home page links to pages. */
  readonly isLinked: boolean;
}

const letters = (i: number): string => String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26));
const WORDS = "amber basil cedar dune ember fjord grove heath inlet jetty knoll larch moor".split(
  " ",
);

function textOf(i: number): string {
  return Array.from({ length: 40 }, (_, at) => `${WORDS[(i + at * 5) % 13]}${letters(i)}`).join(
    " ",
  );
}

function honest(i: number, path: string, home = path): HonestPage {
  return { path, home, title: `Subject ${WORDS[i % 13]}${letters(i)}`, text: textOf(i) };
}

/** Articles, with print versions, old versions and tracking parameters of some of them. */
function pagesOf(count: number, forms: readonly number[]): HonestPage[] {
  const pages = [honest(600, "/")];
  for (let i = 0; i < count; i++) {
    const path = `/topic/${letters(i)}/`;
    pages.push(honest(i, path));
    const form = forms[i % Math.max(1, forms.length)] ?? 0;
    const other = [undefined, `/print/${letters(i)}/`, `/v1/${letters(i)}/`, `${path}?from=mail`][
      form
    ];
    if (other !== undefined) pages.push(honest(i, other, path));
  }
  return pages;
}

export const randomSites: fc.Arbitrary<RandomSite> = fc
  .record({
    count: fc.integer({ min: 4, max: 45 }),
    forms: fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }),
    fault: fc.constantFrom(...FAULTS),
    share: fc.constantFrom(0.1, 0.35, 0.6, 1),
    isSoft: fc.boolean(),
    isLinked: fc.boolean(),
  })
  .map(({ count, forms, fault, share, isSoft, isLinked }) => {
    const pages = pagesOf(count, forms);
    const articles = pages.filter(({ path }) => path.startsWith("/topic/"));
    const many = Math.max(1, Math.round(articles.length * share));
    const faulty = new Set(articles.slice(0, many).map(({ path }) => path));
    return { pages, fault, faulty, isSoft, isLinked };
  });

/** The canonical that the faulty template writes into a page. */
function faultyCanonical(fault: Fault, at: number, all: readonly HonestPage[]): string {
  switch (fault) {
    case "home":
    case "other-language":
    case "first-page":
      return "/";
    case "hub":
      return "/hub/";
    case "missing":
      return "/404-target";
    case "gone":
      return "/gone/";
    case "server-error":
      return "/broken/";
    case "undefined":
      return "undefined";
    case "placeholder":
      return "{{ page.url }}";
    case "soft-404":
      return "/soft-404/";
    case "noindex":
      return "/hidden/";
    case "moved-home":
      return "/moved/";
    case "localhost":
      return "http://localhost:8080/";
    case "fragment":
      return "/#!/topic";
    case "next":
      return all[(at + 1) % all.length]?.path ?? "/";
    case "chain-to-missing":
      return "/chain/";
  }
}

function html({ title, text }: HonestPage, canonical: string, head = "", body = ""): Page {
  const link = `<link rel="canonical" href="${canonical}">`;
  return {
    content: `<!doctype html><html><head><title>${title}</title>${link}${head}</head><body>${body}<p>${text}</p></body></html>`,
  };
}

/** Addresses to which a crawler must never be sent. */
export const NO_PAGES = ["/404-target", "/gone/", "/broken/", "/soft-404/", "/hidden/", "/moved/"];

/** Serves a site, with its fault or repaired. */
export function serveSite(bench: Bench, site: RandomSite, isRepaired: boolean): void {
  const { pages, fault, faulty, isSoft, isLinked } = site;
  bench.pages.clear();
  const error = "<title>Oops</title><p>Sorry, there is nothing at this address of our site.";
  bench.missing = isSoft ? { content: error } : undefined;
  const articles = pages.filter(({ path }) => path.startsWith("/topic/"));
  const links = isLinked ? articles.map(({ path }) => `<a href="${path}">x</a>`).join("") : "";
  for (const page of pages) {
    const at = articles.indexOf(page);
    if (isRepaired || !faulty.has(page.path)) {
      bench.pages.set(page.path, html(page, page.home, "", page.path === "/" ? links : ""));
      continue;
    }
    const alternates = `<link rel="alternate" hreflang="de" href="${page.path}"><link rel="alternate" hreflang="en" href="/">`;
    const series = '<link rel="prev" href="/">';
    const head = fault === "other-language" ? alternates : fault === "first-page" ? series : "";
    bench.pages.set(page.path, html(page, faultyCanonical(fault, at, articles), head));
  }
  const extra = (path: string, i: number, canonical = path, head = "", body = ""): void =>
    void bench.pages.set(path, html(honest(i, path), canonical, head, body));
  extra("/hub/", 601, "/hub/", "", links);
  extra("/hidden/", 602, "/hidden/", '<meta name="robots" content="noindex">');
  extra("/chain/", 603, "/404-target", "", links);
  bench.pages.set("/gone/", { status: 410 });
  bench.pages.set("/broken/", { status: 500 });
  bench.pages.set("/moved/", { status: 301, fields: { location: "/" } });
  if (isSoft) bench.pages.set("/soft-404/", { content: error });
}

/** Where a crawler that follows redirects ends: the last address, and its content. */
export async function endOf(
  bench: Bench,
  path: string,
): Promise<{ at: string; page: Page | undefined }> {
  const met = await bench.crawl(path);
  const at = met.at(-1) ?? path;
  return { at, page: bench.pages.get(at) };
}

export const absolute = (path: string): string => PUBLIC + path;
