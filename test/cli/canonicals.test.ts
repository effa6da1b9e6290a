import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicals } from "../../src/cli/canonicals/command.ts";
import { startDemoOrigin, type DemoOrigin } from "../../src/cli/start/demo/origin.ts";
import { kindOfStay } from "../../src/cli/canonicals/kinds.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";

async function run(...argv: string[]) {
  let out = "";
  let err = "";
  const code = await canonicals.run({
    argv,
    env: {},
    input: new ReadableStream(),
    color: false,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return { code, out, err };
}

interface Report {
  readonly pages: number;
  readonly isComplete: boolean;
  readonly summary: Record<string, number>;
  readonly findings: readonly { kind: string; from: string; to?: string; status?: number }[];
}

const root = new URL("../../fixtures/site", import.meta.url).pathname;

describe("wayleave canonicals on the demo site", () => {
  let demo: DemoOrigin;
  let report: Report;
  let code: number;

  beforeAll(async () => {
    // The site does not link to these pages of its own, as is the way of pages that are forgotten.
    const forgotten = ["/guide/assets/", "/reference/config/", "/quickstart/"];
    const links = forgotten.map((path) => `<a href="${path}">x</a>`).join("");
    const extra = new Map([["/forgotten/", { type: "text/html", body: Buffer.from(links) }]]);
    demo = await startDemoOrigin({ root, extra });
    const more = await run(`${demo.url}/forgotten/`, "--json", "--delay", "0");
    report = JSON.parse(more.out) as Report;
    ({ code } = more);
  });
  afterAll(() => demo?.close());

  const kindOf = (path: string) =>
    report.findings.find(({ from }) => from === demo.url + path)?.kind;

  it.each([
    ["/v1/install/", "redirect"],
    ["/v1/themes/", "self"],
    ["/guide/theming/", "loop"],
    ["/guide/assets/", "loop"],
    ["/reference/config/", "chain"],
    ["/quickstart/", "redirect"],
    ["/blog/lantern-elsewhere/", "cross-origin"],
    ["/changelog/", "missing"],
  ])("finds %s to be: %s", (path, kind) => expect(kindOf(path)).toBe(kind));

  it("accepts a sitemap of the public host if the options say that it is the same site", async () => {
    const argv = [`${demo.url}/`, "--max-pages", "1", "--delay", "0"];
    const foreign = "addresses of the sitemap are on another origin";
    expect((await run(...argv)).err).toContain(foreign);
    const same = await run(...argv, "--equivalent", "https://lantern.example");
    expect(same.err).not.toContain(foreign);
  });

  it("fails, since there are loops, and says how many of each kind", () => {
    expect(code).toBe(1);
    expect(report.isComplete).toBe(true);
    expect(report.summary["loop"]).toBe(5);
  });
});

describe("wayleave canonicals", () => {
  let origin: TestOrigin;
  const at: number[] = [];

  beforeAll(async () => {
    origin = await startOrigin();
    const serve = (path: string, head: string, status = 200, fields: object = {}): void => {
      origin.routes.set(path, (_request, response) => {
        at.push(Date.now());
        response.writeHead(status, { "content-type": "text/html", ...fields });
        response.end(`<head>${head}</head><a href="/linked/">x</a><a href="/private/">y</a>`);
      });
    };
    const link = (to: string) => `<link rel="canonical" href="${to}">`;
    serve("/", link("/"));
    serve("/linked/", link("/gone/"));
    serve("/moving/", link("/moved/"));
    serve("/moved/", "", 301, { location: "/" });
    serve("/both/", link("/a/") + link("/b/"));
    serve("/empty/", link(""));
    serve("/www/", link("https://www.example.com/www/"));
    origin.routes.set("/robots.txt", (_request, response) => {
      response.end("User-agent: *\nDisallow: /private/\nCrawl-delay: 0.02\n");
    });
    const pages = ["/moving/", "/both/", "/empty/", "/www/"].map(
      (path) => `<url><loc>${origin.url}${path}</loc></url>`,
    );
    origin.routes.set("/map.xml", (_request, response) => {
      response.end(
        `<urlset>${pages.join("")}<url><loc>https://other.example/</loc></url></urlset>`,
      );
    });
  });
  afterAll(() => origin?.close());

  it("prints a table with faults first, and progress on the other stream", async () => {
    const { code, out, err } = await run(`${origin.url}/`, "--sitemap", `${origin.url}/map.xml`);
    expect(code).toBe(1);
    expect(out).toBe(
      `target-not-200 (2): the canonical's status is not 200
  /linked/  → /gone/ (404)
  /moving/  → /moved/ (301) → /

conflicting (1): the page names several different canonicals
  /both/

invalid (1): the canonical is empty, or no http or https address
  /empty/

cross-origin (1): the canonical is on another origin
  /www/  → https://www.example.com/www/

2 target-not-200, 1 conflicting, 1 invalid, 1 cross-origin, 1 self
`,
    );
    expect(err).toContain("pages, 0 waiting");
    expect(err).toContain("1 addresses of the sitemap are on another origin");
  });

  it("fetches nothing that robots.txt forbids, and not faster than it says", () => {
    expect(origin.requests.map(({ url }) => url)).not.toContain("/private/");
    const gaps = at.slice(1).map((time, i) => time - (at[i] as number));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(15);
    expect(origin.requests.at(-1)?.headers["user-agent"]).toContain("wayleave-canonicals");
  });

  it("stops at its bound", async () => {
    const { out, err } = await run(`${origin.url}/`, "--json", "--max-pages", "1");
    expect(JSON.parse(out)).toMatchObject({ pages: 1, isComplete: false });
    expect(err).toContain("the site has more pages");
  });

  it("treats other origins of the same site as one", async () => {
    const { out } = await run(
      `${origin.url}/www/`,
      "--json",
      "--max-pages",
      "1",
      "--equivalent",
      "https://www.example.com",
    );
    expect((JSON.parse(out) as Report).summary["self"]).toBe(1);
  });

  it.each([
    [[], "give one URL"],
    [["x"], '"x" is not an http or https URL'],
    [["http://127.0.0.1:1/"], "can't be reached"],
    [["http://a.example/", "--max-pages", "0"], "--max-pages must be a number"],
  ])("refuses %j", async (argv, message) => {
    await expect(run(...argv)).rejects.toThrow(message);
  });
});

describe("wayleave canonicals on a site with every fault", () => {
  let origin: TestOrigin;
  const paths: string[] = [];

  const words = (name: string) =>
    Array.from({ length: 40 }, (_, i) => `${name}${String.fromCharCode(97 + (i % 26))}`).join(" ");

  interface Served {
    readonly to?: string;
    readonly head?: string;
    readonly body?: string;
    readonly fields?: object;
  }

  function serve(path: string, { to, head = "", body, fields = {} }: Served): void {
    const name = path.replaceAll(/\W/g, "");
    const link = to === undefined ? "" : `<link rel="canonical" href="${to}">`;
    paths.push(path);
    origin.routes.set(path.split("?")[0] ?? "", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html", ...fields });
      const text = body ?? `<p>${words(name)}</p>`;
      response.end(
        `<html lang="en"><head><title>${name}</title>${link}${head}</head><body>${text}`,
      );
    });
  }

  beforeAll(async () => {
    origin = await startOrigin();
    serve("/", { to: "/" });
    serve("/noindex/", { to: "/hidden/" });
    serve("/hidden/", { head: '<meta name="robots" content="noindex, follow">' });
    serve("/by-field/", { to: "/hidden-by-field/" });
    serve("/hidden-by-field/", { fields: { "x-robots-tag": "noindex" } });
    serve("/missing/", { to: "/404-target" });
    serve("/undefined/", { to: "undefined" });
    serve("/placeholder/", { to: "{{ page.url }}" });
    serve("/localhost/", { to: "http://localhost:3000/localhost/" });
    serve("/staging/", { to: "https://staging.shop.example/staging/" });
    serve("/preview/", { to: "https://my-shop-git-main.vercel.app/preview/" });
    serve("/list/page/2/", { to: "/list/" });
    serve("/list/", { to: "/list/" });
    serve("/de/", {
      to: "/en/",
      head: '<link rel="alternate" hreflang="de" href="/de/"><link rel="alternate" hreflang="en" href="/en/">',
    });
    serve("/en/", { to: "/en/" });
    serve("/app/", { to: "/#!/app" });
    serve("/chain/1/", { to: "/chain/2/" });
    serve("/chain/2/", { to: "/chain/3/" });
    serve("/chain/3/", { to: "/chain/3/" });
    serve("/loop/1/", { to: "/loop/2/" });
    serve("/loop/2/", { to: "/loop/1/" });
    serve("/elsewhere/", { to: "https://elsewhere.example/" });
    serve("/https/", { to: `${origin.url.replace("http:", "https:")}/https/` });
    serve("/script/", {
      head: "<script>const l=document.createElement('link');l.rel='canonical';document.head.append(l)</script>",
    });
    serve("/shell/", { body: '<div id="root"></div><script src="/app.js"></script>' });
    serve("/data/", {
      head: '<script type="application/ld+json">{"@type":"WebPage","canonical":"/data/"}</script>',
    });
    serve("/cut/", { head: `<!--${"x".repeat(300_000)}--><link rel="canonical" href="/">` });
    serve("/good/", { to: "/target/" });
    serve("/target/", {});
    for (let i = 1; i <= 22; i++) serve(`/all/${String.fromCharCode(96 + i)}/`, { to: "/one/" });
    serve("/one/", { to: "/one/" });
    const listed = paths.map((path) => `<url><loc>${origin.url}${path}</loc></url>`).join("");
    origin.routes.set("/sitemap.xml", (_request, response) => {
      response.end(`<urlset>${listed}</urlset>`);
    });
  });
  afterAll(() => origin?.close());

  it("finds each, grouped by kind with counts and examples", async () => {
    const { code, out, err } = await run(`${origin.url}/`, "--json", "--delay", "0");
    const { groups, findings } = JSON.parse(out) as Report & {
      readonly groups: readonly { kind: string; count: number; examples: unknown[] }[];
    };
    expect(code).toBe(1);
    expect(err).toContain("pages, 0 waiting");
    const kindOf = (path: string) =>
      findings.find(({ from }) => from === origin.url + path)?.kind ?? "none";
    const found = Object.fromEntries(paths.map((path) => [path, kindOf(path)]));
    expect(found).toMatchObject({
      "/noindex/": "target-noindex",
      "/by-field/": "target-noindex",
      "/missing/": "target-not-200",
      "/undefined/": "placeholder",
      "/placeholder/": "placeholder",
      "/localhost/": "local-host",
      "/staging/": "local-host",
      "/preview/": "local-host",
      "/list/page/2/": "first-page",
      "/de/": "other-language",
      "/app/": "fragment",
      "/chain/1/": "chain",
      "/loop/1/": "loop",
      "/loop/2/": "loop",
      "/elsewhere/": "cross-origin",
      "/https/": "scheme-mismatch",
      "/script/": "script-only",
      "/shell/": "script-only",
      "/data/": "missing",
      "/cut/": "behind-scan",
      "/good/": "redirect",
      "/all/a/": "many-to-one",
      "/one/": "self",
    });
    expect(groups.find(({ kind }) => kind === "many-to-one")).toMatchObject({ count: 22 });
    expect(groups.every(({ examples }) => examples.length <= 5)).toBe(true);
  });

  it("finds targets that are error pages with status 200", async () => {
    origin.missing = (request, response) => {
      const page = `<title>Oops</title><p>There is no ${request.url} here, sorry about that.`;
      response.writeHead(200, { "content-type": "text/html" }).end(page);
    };
    const { out } = await run(`${origin.url}/missing/`, "--json", "--delay", "0");
    origin.missing = undefined;
    const { findings } = JSON.parse(out) as Report;
    const of = (path: string) => findings.find(({ from }) => from === origin.url + path)?.kind;
    expect([of("/missing/"), of("/good/")]).toEqual(["target-error-page", "redirect"]);
  });

  it("exits with 0 for a site without faults", async () => {
    const sound = await startOrigin();
    sound.routes.set("/", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end('<link rel="canonical" href="/"><a href="/?utm_source=a">x</a>');
    });
    const { code, out } = await run(`${sound.url}/`, "--delay", "0");
    await sound.close();
    expect([code, out]).toEqual([
      0,
      "redirect (1): crawlers will be redirected\n  /?utm_source=a  → /\n\n1 redirect, 1 self\n",
    ]);
  });

  it.each([
    ["https://www.shop.example/a", "https://shop.example/a", "www-mismatch"],
    ["http://shop.example/a", "https://shop.example/a", "scheme-mismatch"],
    ["http://shop.example/a", "https://www.shop.example/a", "www-mismatch"],
    ["https://shop.example/a", "https://10.0.0.7/a", "local-host"],
    ["https://shop.example/a", "https://backend/a", "local-host"],
    ["https://shop.example/a", "https://shop.local/a", "local-host"],
    ["https://shop.example/a", "https://dev.shop.example/a", "local-host"],
    ["https://shop.example/a", "https://shop-staging.example/a", "local-host"],
    ["https://shop.example/a", "https://device.example/a", "cross-origin"],
    ["https://shop.example/a", "https://blog.shop.example/a", "cross-origin"],
  ])("on %s, %s is a %s", (page, named, kind) => {
    expect(kindOfStay("canonical-cross-origin", page, named)).toBe(kind);
  });
});
