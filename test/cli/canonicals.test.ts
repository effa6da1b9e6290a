import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicals } from "../../src/cli/canonicals/command.ts";
import { startDemoOrigin, type DemoOrigin } from "../../src/cli/start/demo/origin.ts";
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
      `target-not-200  /linked/  → /gone/ (404)
target-not-200  /moving/  → /moved/ (301) → /
conflicting     /both/
invalid         /empty/
cross-origin    /www/     → https://www.example.com/www/

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
