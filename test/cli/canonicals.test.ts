import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicals } from "../../src/cli/canonicals/command.ts";
import { startDemoOrigin, type DemoOrigin } from "../../src/cli/start/demo/origin.ts";
import { kindOfStay } from "../../src/cli/canonicals/kinds.ts";
import { progressOn } from "../../src/cli/canonicals/progress.ts";
import { CommandFailure } from "../../src/cli/usage.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";

const run = (...argv: string[]) => runOn(false, ...argv);

async function runOn(isTerminal: boolean, ...argv: string[]) {
  let out = "";
  let err = "";
  const code = await canonicals.run({
    argv,
    env: {},
    input: new ReadableStream(),
    color: false,
    isTerminal,
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

describe("wayleave canonicals without a site or a sitemap", () => {
  let origin: TestOrigin;
  const html = { "content-type": "text/html" };
  const map = (...paths: string[]) =>
    `<urlset>${paths.map((path) => `<url><loc>${origin.url}${path}</loc></url>`).join("")}</urlset>`;

  beforeAll(async () => {
    origin = await startOrigin();
    const serve = (path: string, status: number, fields: object, content = ""): void => {
      origin.routes.set(path, (_request, response) => {
        response.writeHead(status, { ...fields }).end(content);
      });
    };
    serve("/", 200, html, '<link rel="canonical" href="/">');
    serve("/listed/", 200, html, '<link rel="canonical" href="/listed/">');
    serve("/map.xml", 200, {}, map("/listed/"));
    serve("/empty.xml", 200, {}, map());
    serve(
      "/index.xml",
      200,
      {},
      `<sitemapindex><sitemap><loc>${origin.url}/none.xml</loc></sitemapindex>`,
    );
    serve("/moved.xml", 302, { location: "/map.xml" });
    serve("/page.xml", 200, html, "<p>A page for any address");
    serve("/failing/", 503, html);
    serve("/moved/", 301, { location: "/" });
    serve("/with-location/", 404, { location: "/" });
    serve("/to-gone/", 301, { location: "/gone/" });
    serve("/elsewhere/", 301, { location: "https://elsewhere.example/" });
    serve("/data.json", 200, { "content-type": "application/json" }, "{}");
    serve("/private/", 200, html);
    serve("/robots.txt", 200, {}, "User-agent: *\nDisallow: /private/\n");
  });
  afterAll(() => origin?.close());

  it.each([
    ["/none.xml", "status 404"],
    ["/page.xml", "it lists nothing"],
    ["/empty.xml", "it lists nothing"],
    ["/index.xml", "/none.xml: status 404"],
  ])("fails if the sitemap is %s", async (path, why) => {
    let err = "";
    const argv = [`${origin.url}/`, "--delay", "0", "--sitemap", origin.url + path];
    const running = canonicals.run({
      argv,
      env: {},
      input: new ReadableStream(),
      color: false,
      out: () => {},
      err: (text) => void (err += text),
    });
    await expect(running).rejects.toThrow(CommandFailure);
    expect(err).toContain(why);
  });

  it.each([["/map.xml"], ["/moved.xml"]])(
    "reads %s beside a sitemap that is missing",
    async (path) => {
      const argv = ["--sitemap", `${origin.url}/none.xml`, "--sitemap", origin.url + path];
      const { code, out, err } = await run(`${origin.url}/`, "--delay", "0", ...argv);
      expect([code, out]).toEqual([0, "2 self\n"]);
      expect(err).toContain(`can't use the sitemap ${origin.url}/none.xml: status 404\n`);
    },
  );

  it("does not mind that a site has no sitemap", async () => {
    expect(await run(`${origin.url}/moved/`, "--delay", "0")).toMatchObject({
      code: 0,
      out: "1 self\n",
      err: "2 pages, 0 waiting\n",
    });
  });

  it.each([
    ["/none/", "answers 404"],
    ["/failing/", "answers 503"],
    ["/with-location/", "answers 404"],
    ["/private/", "robots.txt does not allow"],
    ["/elsewhere/", "redirects to https://elsewhere.example/"],
    ["/to-gone/", "leads to no page"],
    ["/data.json", "leads to no page"],
  ])("fails if the start is %s", async (path, message) => {
    const running = run(origin.url + path, "--delay", "0");
    await expect(running).rejects.toThrow(CommandFailure);
    await expect(running).rejects.toThrow(message);
  });

  it("fails if the site can't be reached, or its robots.txt has a server error", async () => {
    await expect(run("http://127.0.0.1:1/")).rejects.toThrow(CommandFailure);
    const failing = await startOrigin();
    failing.missing = (_request, response) => void response.writeHead(500).end();
    const running = run(`${failing.url}/`);
    await expect(running).rejects.toThrow(/robots\.txt answers 500/);
    await failing.close();
  });

  it("writes progress as lines, unless it goes to a terminal", async () => {
    const { err } = await run(`${origin.url}/`, "--delay", "0");
    expect(err).toBe("1 pages, 0 waiting\n");
    const shown = await runOn(true, `${origin.url}/`, "--delay", "0");
    expect(shown.err).toBe("\r1 pages, 0 waiting  \n");
    let long = "";
    const progress = progressOn((text) => void (long += text), false);
    for (let done = 1; done <= 200; done++) progress.page(done, 200 - done);
    progress.end();
    expect(long).toBe("100 pages, 100 waiting\n200 pages, 0 waiting\n");
  });
});

describe("wayleave canonicals on documents that are no HTML", () => {
  it("reads canonicals of Link fields, and whether a document asks not to be indexed", async () => {
    const origin = await startOrigin();
    const serve = (path: string, fields: object, content = ""): void => {
      origin.routes.set(path, (_request, response) => {
        response.writeHead(200, { "content-type": "application/pdf", ...fields }).end(content);
      });
    };
    const link = (to: string) => ({ link: `<${to}>; rel="canonical"` });
    serve("/good.pdf", link("/"));
    serve("/bad.pdf", link("/gone/"));
    serve("/far.pdf", link("https://elsewhere.example/"));
    serve("/to-hidden.pdf", link("/hidden.pdf"));
    serve("/hidden.pdf", { "x-robots-tag": "noindex" });
    serve("/plain.pdf", {});
    serve("/a.txt", { "content-type": "text/plain; charset=utf-8", ...link("/") });
    const links = [...origin.routes.keys()].map((path) => `<a href="${path}">x</a>`).join("");
    serve("/", { "content-type": "text/html" }, `<link rel="canonical" href="/">${links}`);
    const kinds = async (...more: string[]) => {
      const { findings } = JSON.parse(
        (await run(`${origin.url}/`, "--json", "--delay", "0", ...more)).out,
      ) as Report;
      return Object.fromEntries(findings.map(({ from, kind }) => [new URL(from).pathname, kind]));
    };
    const found = {
      "/": "self",
      "/good.pdf": "redirect",
      "/bad.pdf": "target-not-200",
      "/far.pdf": "cross-origin",
      "/to-hidden.pdf": "target-noindex",
    };
    expect(await kinds()).toEqual(found);
    expect(await kinds("--type", "text/*")).toEqual({ ...found, "/a.txt": "redirect" });
    await origin.close();
  });
});

describe("wayleave canonicals on a site that answers 200 for any address", () => {
  const common =
    "Our shop sells lamps of many kinds. We deliver within three days, and you may return what you do not like. Write to us if you have a question about an order.";
  const page = (title: string, text: string, to = "") =>
    `<title>${title}</title><link rel="canonical" href="${to}"><h1>${title}</h1><p>${text} ${common}`;

  it.each([
    ["no title", (path: string) => `<p>There is no ${path}. ${common}`],
    ["one title", () => page("Nothing here", "No lamp is here.")],
    [
      "a title and a text with the address",
      (path: string) => page(`${path} not found`, `No ${path}.`),
    ],
    [
      "a text that is never the same",
      (path: string) => page(`${path} – not found`, `Request ${crypto.randomUUID().slice(0, 8)}.`),
    ],
  ])("tells short pages from an error page with %s", async (_name, error) => {
    const origin = await startOrigin();
    const send = (path: string, content: string): void => {
      origin.routes.set(path, (_request, response) => {
        response.writeHead(200, { "content-type": "text/html" }).end(content);
      });
    };
    origin.missing = (request, response) => {
      const isMap = /\.(?:xml|txt)$/.test(request.url ?? "");
      response.writeHead(isMap ? 404 : 200, { "content-type": "text/html" });
      response.end(error(request.url ?? ""));
    };
    const paths = ["/red/print", "/blue/?utm_source=a", "/old/", "/lost/"];
    const links = paths.map((path) => `<a href="${path}">x</a>`).join("");
    send("/", `<title>Shop</title><link rel="canonical" href="/">${links}`);
    send("/red/print", page("Red lamp", "The red lamp is here.", "/red/"));
    send("/red/", page("Red lamp", "The red lamp is here.", "/red/"));
    send("/blue/", page("Blue lamp", "The blue lamp is here.", "/blue/"));
    // The address has words of the error pages.
    send("/lost/", page("Lost lamp", "The lost lamp is here.", "/nothing/"));
    send("/old/", page("Old lamp", "The old lamp is here.", "/missing-target/"));
    const { out } = await run(`${origin.url}/`, "--json", "--delay", "0");
    await origin.close();
    const { findings } = JSON.parse(out) as Report;
    const kinds = paths.map(
      (path) => findings.find(({ from }) => from === origin.url + path)?.kind,
    );
    expect(kinds).toEqual(["redirect", "redirect", "target-error-page", "target-error-page"]);
  });
});
