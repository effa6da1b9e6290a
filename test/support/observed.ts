import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";

/** A request that some stage may care for. */
export interface SomeRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** What the origin says to whatever it is asked. */
export interface SomeResponse {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

const SCRIPT = "export const text = 'a line that is like the others';\n".repeat(60);

const LINKS = [
  "",
  '<link rel="canonical" href="/new/">',
  '<link rel="canonical" href="https://www.example.com/v2/page/">',
  '<link rel="canonical" href="https://elsewhere.example/">',
];
const page = (link: string): string =>
  `<!doctype html><html><head><title>A page</title>${link}</head><body><main><h1>A page</h1><p>${"Some words of it. ".repeat(30)}</p><a href="/next/">next</a></main></body></html>`;

const HTML = LINKS.map((link) => ["text/html; charset=utf-8", page(link)] as const);
const CONTENT = [
  ...HTML,
  ...HTML,
  ["text/html; charset=windows-1252", page("<meta charset=utf-8>")] as const,
  ["text/html", ""] as const,
  ["text/markdown", "# A page\n\nIts own markdown.\n"] as const,
  ["text/javascript", SCRIPT] as const,
  ["text/css", "a{color:red}".repeat(100)] as const,
  ["text/plain", "User-agent: *\nSitemap: https://www.example.com/sitemap.xml\n"] as const,
  [
    "application/xml",
    "<urlset><url><loc>https://www.example.com/page/</loc></url></urlset>",
  ] as const,
  ["", "no type at all"] as const,
];

const hash = createHash("sha256").update(SCRIPT).digest("base64");
const set = (name: string, ...values: string[]) =>
  fc.option(
    fc.constantFrom(...values).map((value): readonly [string, string] => [name, value]),
    { freq: 2, nil: undefined },
  );
const fieldsOf = (...all: ReturnType<typeof set>[]) =>
  fc.tuple(...all).map((lines) => Object.fromEntries(lines.filter((line) => line !== undefined)));

export const someRequest: fc.Arbitrary<SomeRequest> = fc.record({
  method: fc.constantFrom("GET", "GET", "GET", "GET", "HEAD", "POST", "OPTIONS"),
  target: fc.constantFrom(
    ..."/ /page/ /page /page/index.md /index.md /page.md /v1/page/ /v1/a?b=1 /assets/app.v1.js /assets/app.v2.js /llms.txt /docs/llms.txt /llms-full.txt /robots.txt /sitemap.xml //page/ /a/../page/ /p%61ge%2fx /x;y/page/".split(
      " ",
    ),
  ),
  fields: fieldsOf(
    set("user-agent", "Mozilla/5.0 Firefox/140.0", "compatible; GPTBot/1.2", "Googlebot/2.1"),
    set("accept", "text/markdown", "text/html, text/markdown;q=0.5", "image/png", "*/*"),
    set("accept-encoding", "gzip, br", "gzip, dcb, dcz", "dcz;q=1, br;q=0.5", "identity"),
    set("available-dictionary", `:${hash}:`, ":bm9uZQ==:"),
    set("sec-fetch-site", "same-origin", "cross-site"),
    set("sec-fetch-mode", "cors", "no-cors"),
    set("if-none-match", '"v1"', 'W/"v1;wl=md"', 'W/"v1;wl=dcz.00000000"', "*"),
    set("if-modified-since", "Sun, 01 Nov 2026 10:00:00 GMT"),
    set("if-match", '"v1"', 'W/"v1;wl=md"'),
    set("range", "bytes=0-9"),
    set("cookie", "a=1"),
    set("cache-control", "no-transform", "no-cache"),
    set("signature-input", 'sig1=("@authority");tag="web-bot-auth"', "nonsense"),
    set("signature", "sig1=:AAAA:"),
  ),
});

export const someResponse: fc.Arbitrary<SomeResponse> = fc
  .record({
    status: fc.constantFrom(200, 200, 200, 200, 200, 206, 301, 304, 404, 410, 500),
    content: fc.constantFrom(...CONTENT),
    isZipped: fc.boolean(),
    fields: fieldsOf(
      set("etag", '"v1"', 'W/"v1"', '"v2"'),
      set("last-modified", "Sun, 01 Nov 2026 10:00:00 GMT"),
      set("cache-control", "public, max-age=60", "private", "no-store", "no-transform"),
      set("vary", "Accept-Encoding", "Cookie", "Wayleave-Agent", "*"),
      set("link", '</own.md>; rel="alternate"; type="text/markdown"', '</new/>; rel="canonical"'),
      set("location", "/page/", "/v2/page/", "https://elsewhere.example/"),
      set("set-cookie", "a=1; Path=/"),
      set("use-as-dictionary", 'match="/assets/*"'),
      set("access-control-allow-origin", "*"),
    ),
  })
  .map(({ status, content: [type, text], isZipped, fields }) => {
    const plain = Buffer.from(text, type.includes("1252") ? "latin1" : "utf8");
    return {
      status,
      fields: {
        ...fields,
        ...(type === "" ? {} : { "content-type": type }),
        ...(isZipped ? { "content-encoding": "gzip" } : {}),
      },
      bytes: isZipped ? gzipSync(plain) : plain,
    };
  });

/** Every feature with as much switched on as it has. */
export const ALL_ON: Readonly<Record<string, object>> = {
  access: { action: "challenge", sharedCaches: "bypass", forwardAgent: true, onError: "deny" },
  documents: { title: "A site" },
  canonicalRedirect: {
    agents: { evidence: "ip-range", exceptBehaviour: [] },
    sharedCaches: "bypass",
    maps: [{ from: "/v1/*", to: "/v2/:0" }],
  },
  markdown: {
    pathMd: true,
    directive: true,
    llmsTxtLine: true,
    strictAccept: true,
    originMarkdown: "always",
    contentSignal: { search: "yes" },
  },
  compression: { dictionary: { match: "/assets/*" } },
};

/** The features to be observed: each by itself, and all at once. */
export const SUBJECTS: readonly (readonly [string, readonly string[]])[] = [
  ...Object.keys(ALL_ON).map((feature) => [feature, [feature]] as const),
  ["all at once", Object.keys(ALL_ON)],
];

/** Rules with some features in a mode, or held back by a percentage. */
export function rulesWith(features: readonly string[], more: object): object {
  const defaults = features.map((feature) => [feature, { ...ALL_ON[feature], ...more }]);
  return { publicOrigin: "https://www.example.com", defaults: Object.fromEntries(defaults) };
}
