import * as fc from "fast-check";
import { bundle } from "../../features/compression/bundles.ts";

/** Whom the model origin tells apart, as real ones do. */
export type Audience = "stranger" | "cookie" | "key" | "local" | "listed";

export const AUDIENCES: readonly Audience[] = ["stranger", "cookie", "key", "local", "listed"];

/** One address of a model site. */
export interface ModelPage {
  readonly path: string;
  /** Who gets a page at all; the others get 404. */
  readonly readers: readonly Audience[];
  /** Whether each reader gets words of its own. */
  readonly isPersonal: boolean;
  /** Of what strangers get; what others get of their own is never more. */
  readonly cacheControl: string | undefined;
  /** Of what is somebody's own. */
  readonly ownControl: string | undefined;
  readonly type: "text/html" | "text/markdown" | "text/plain" | "text/javascript";
  readonly hasTag: boolean;
  readonly setsCookie: boolean;
  readonly isHidden: boolean;
  /** Numbers of pages: its markdown, its canonical, the one that it links to, where it redirects. */
  readonly markdown: number | undefined;
  readonly markdownIn: "field" | "head";
  readonly canonical: number | undefined;
  readonly redirect: number | undefined;
  /** Changes with every answer, so that deltas are made. */
  readonly isGrowing: boolean;
}

export const PATHS = [
  "/",
  "/pub/",
  "/pub/a",
  "/pub/b/",
  "/data/",
  "/data/report.txt",
  "/data/x/",
  "/docs/one",
  "/docs/two/",
  "/docs/two/index.md",
  "/a.html",
] as const;

/** The versions of a script, as a build names them. */
export const SCRIPTS = [
  "/pub/app-3f9a2c71.js",
  "/pub/app-8be01d44.js",
  "/pub/app-c05a9e17.js",
] as const;

const readers = fc.oneof(
  { weight: 4, arbitrary: fc.constant(AUDIENCES) },
  { weight: 3, arbitrary: fc.subarray([...AUDIENCES], { minLength: 1 }) },
  { weight: 1, arbitrary: fc.constant(["local", "listed"] as Audience[]) },
);

const maybePage = fc.option(fc.nat({ max: PATHS.length - 1 }), { nil: undefined, freq: 2 });

const pageAt = (path: string): fc.Arbitrary<ModelPage> =>
  fc.record({
    path: fc.constant(path),
    readers,
    isPersonal: fc.boolean(),
    cacheControl: fc.constantFrom(
      undefined,
      "public, max-age=60",
      "max-age=60",
      "s-maxage=60",
      "max-age=0",
      "private",
      "no-store",
    ),
    ownControl: fc.constantFrom(
      undefined,
      "private",
      "no-store",
      "private, max-age=60",
      "max-age=0",
    ),
    type: path.endsWith(".txt")
      ? fc.constantFrom("text/plain" as const, "text/markdown" as const)
      : path.endsWith(".md")
        ? fc.constant("text/markdown" as const)
        : fc.constantFrom("text/html" as const, "text/html" as const, "text/markdown" as const),
    hasTag: fc.boolean(),
    setsCookie: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    isHidden: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
    markdown: maybePage,
    markdownIn: fc.constantFrom("field" as const, "head" as const),
    canonical: maybePage,
    redirect: fc
      .option(fc.nat({ max: PATHS.length - 1 }), { nil: undefined, freq: 1 })
      .map((to) => (to !== undefined && to % 4 === 0 ? to : undefined)),
    isGrowing: fc.boolean(),
  });

const scriptControl = fc.oneof(
  { weight: 7, arbitrary: fc.constant("public, max-age=600") },
  { weight: 1, arbitrary: fc.constantFrom("max-age=600, immutable", "max-age=600", "private") },
);

/** A script, which may be somebody's own although it says that it is for all. */
export const scriptAt = (path: string): fc.Arbitrary<ModelPage> =>
  fc.record({
    path: fc.constant(path),
    readers: fc.oneof(
      { weight: 5, arbitrary: fc.constant(AUDIENCES) },
      { weight: 1, arbitrary: fc.constant(["cookie"] as Audience[]) },
    ),
    isPersonal: fc.boolean(),
    cacheControl: scriptControl,
    ownControl: scriptControl,
    type: fc.constant("text/javascript" as const),
    hasTag: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    setsCookie: fc.constant(false),
    isHidden: fc.constant(false),
    markdown: fc.constant(undefined),
    markdownIn: fc.constant("field" as const),
    canonical: fc.constant(undefined),
    redirect: fc.constant(undefined),
    isGrowing: fc.constant(false),
  });

export const someSite: fc.Arbitrary<readonly ModelPage[]> = fc.tuple(
  ...PATHS.map(pageAt),
  ...SCRIPTS.map(scriptAt),
);

/** A word that stands for what one audience gets at one place: nothing else contains it. */
export const WORD = /Zq[a-z]+\d+(?:stranger|cookie|key|local|listed)Qz/g;

export const word = (place: string, page: number, to: Audience): string =>
  `Zq${place}${page}${to}Qz`;

/** Whom the origin takes a request for, by what it is told. */
export function audienceOf(field: (name: string) => string | undefined): Audience {
  const from = field("x-forwarded-for");
  // Whoever does not say where it comes from is taken to be beside us.
  if (from === undefined || from === "127.0.0.1" || field("via") === undefined) return "local";
  if (field("forwarded") === undefined || field("user-agent") === undefined) return "local";
  if (from === "198.51.100.7") return "listed";
  if (field("cookie")?.includes("session") === true) return "cookie";
  return field("x-api-key") === undefined ? "stranger" : "key";
}

/** What the origin answers. */
export interface ModelAnswer {
  readonly status: number;
  readonly fields: readonly (readonly [string, string])[];
  readonly content: string;
}

const NOTHING: ModelAnswer = {
  status: 404,
  fields: [["content-type", "text/plain"]],
  content: "nothing here",
};

/** Answers as the site does. `turn` counts requests, for pages that grow. */
export function answerOf(
  site: readonly ModelPage[],
  target: string,
  to: Audience,
  turn: number,
): ModelAnswer {
  const path = target.split("?")[0] ?? "";
  if (path === "/sitemap.xml") {
    const urls = site.map((page) => `<url><loc>https://site.example${page.path}</loc></url>`);
    return {
      status: 200,
      fields: [["content-type", "application/xml"]],
      content: `<urlset>${urls.join("")}</urlset>`,
    };
  }
  const number = site.findIndex((page) => page.path === path);
  const page = site[number];
  if (page === undefined || !page.readers.includes(to)) return NOTHING;
  const whose = page.isPersonal ? to : "stranger";
  const say = (place: string): string => word(place, number, whose);
  const fields: [string, string][] = [["x-info", say("field")]];
  if (page.redirect !== undefined) {
    fields.push(["location", `${site[page.redirect]?.path}?from=${say("place")}`]);
    return { status: 302, fields, content: say("moved") };
  }
  const control = whose === "stranger" ? page.cacheControl : page.ownControl;
  fields.push(["content-type", page.type]);
  if (control !== undefined) fields.push(["cache-control", control]);
  if (page.hasTag) fields.push(["etag", `"${say("tag")}${page.isGrowing ? turn : ""}"`]);
  if (page.setsCookie) fields.push(["set-cookie", `seen=${say("cookie")}`]);
  if (page.isPersonal && page.hasTag) fields.push(["vary", "Cookie, X-Api-Key"]);
  const markdown = page.markdown === undefined ? undefined : site[page.markdown]?.path;
  const canonical = page.canonical === undefined ? undefined : site[page.canonical]?.path;
  if (markdown !== undefined && page.markdownIn === "field") {
    fields.push(["link", `<${markdown}>; rel="alternate"; type="text/markdown"`]);
  }
  const isScript = page.type === "text/javascript";
  const filler = isScript
    ? bundle(number, 4000)
    : "Words of the page that fill it up until it is worth coding. ".repeat(30);
  const growth = page.isGrowing ? `<p>${turn} ${filler.slice(0, 200)}</p>` : "";
  const head = [
    `<title>${say("title")}</title>`,
    `<meta name="description" content="${say("about")}">`,
    page.isHidden ? '<meta name="robots" content="noindex">' : "",
    markdown !== undefined && page.markdownIn === "head"
      ? `<link rel="alternate" type="text/markdown" href="${markdown}">`
      : "",
    canonical === undefined ? "" : `<link rel="canonical" href="${canonical}">`,
  ].join("");
  const content =
    page.type === "text/html"
      ? `<!doctype html><html><head>${head}</head><body><main><h1>${say("heading")}</h1><p>${say("text")} ${filler}</p>${growth}</main></body></html>`
      : `# ${say("heading")}\n\n${say("text")} ${filler}${growth}\n`;
  return { status: 200, fields, content };
}
