import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parse } from "jsonc-parser";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { audit } from "../../../src/cli/audit/command.ts";
import type { FullReport } from "../../../src/cli/audit/audit-site.ts";
import { createRequester } from "../../../src/cli/audit/requester.ts";
import { startDemoOrigin, type DemoOrigin } from "../../../src/cli/start/demo/origin.ts";
import { loadRulesFile } from "../../../src/cli/rules-file.ts";
import { FEATURES } from "../../../src/features.ts";
import { startOrigin, type Handler, type TestOrigin } from "../../support/origin.ts";
import { RUNTIMES, type ProxyOptions } from "../../support/runtimes.ts";

async function run(...argv: string[]) {
  let out = "";
  let err = "";
  const code = await audit.run({
    argv: [...argv, "--dns", "off"],
    env: {},
    input: new ReadableStream(),
    color: false,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return { code, out, err };
}

const reportOf = async (...argv: string[]): Promise<FullReport> =>
  JSON.parse((await run(...argv, "--json")).out) as FullReport;

const text =
  (type: string, body: string | Buffer, fields: Record<string, string> = {}): Handler =>
  (_request, response) =>
    void response.writeHead(200, { "content-type": type, ...fields }).end(body);

let origin: TestOrigin;
let folder: string;

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "wayleave-audit-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  origin = await startOrigin();
  origin.routes.set("/", text("text/html", "<!doctype html><title>T</title><p>words</p>"));
});
afterEach(() => origin.close());

describe("wayleave audit", () => {
  it("prints the report, and the scanner's form with --json", async () => {
    origin.routes.set("/robots.txt", text("text/plain", "User-agent: *\nAllow: /\n"));
    origin.routes.set("/sitemap.xml", text("application/xml", "<urlset/>"));
    const { code, out, err } = await run(origin.url);
    expect(code).toBe(0);
    expect(out).toContain("level 1 of 5 (Basic Web Presence)");
    expect(out).toMatch(/^ {2}fail {5}contentSignals +No Content Signals/m);
    expect(out).toContain('"aiInput": true');
    expect(err).toMatch(/^\d+ requests\n$/);
    const report = await reportOf(origin.url);
    expect(report).toMatchObject({
      url: origin.url,
      level: 1,
      levelName: "Basic Web Presence",
      isCommerce: false,
      commerceSignals: [],
    });
    expect(Object.keys(report.checks)).toEqual([
      "discoverability",
      "contentAccessibility",
      "botAccessControl",
      "discovery",
      "commerce",
    ]);
    expect(report.nextLevel?.requirements.map(({ check }) => check)).toEqual(["contentSignals"]);
    expect(report.nextLevel?.requirements[0]?.skillUrl).toMatch(/content-signals\/SKILL\.md$/);
    const step = report.checks.discoverability.sitemap?.evidence[0];
    expect(step).toMatchObject({
      action: "fetch",
      response: { status: 200 },
      finding: { outcome: "positive" },
    });
  });

  it("exits with 1 below --min-level only", async () => {
    expect((await run(origin.url, "--min-level", "1")).code).toBe(1);
    expect((await run(origin.url, "--min-level", "0")).code).toBe(0);
    expect((await run(origin.url, "--only", "robotsTxt")).code).toBe(0);
    origin.routes.set("/robots.txt", text("text/plain", "User-agent: *\nAllow: /\n"));
    origin.routes.set("/sitemap.xml", text("application/xml", "<urlset/>"));
    expect((await run(origin.url, "--min-level", "1")).code).toBe(0);
  });

  it.each([
    [["--only", "robotsTxt,nonsense"], /--only must be a list of: robotsTxt/],
    [["--profile", "shop"], /--profile must be all, content, apiApp/],
    [["--min-level", "6"], /--min-level must be a number from 0 to 5/],
    [["--dns", "nonsense"], /--dns must be/],
  ])("refuses %j", async (argv, message) => {
    const context = { env: {}, input: new ReadableStream(), color: false, out() {}, err() {} };
    await expect(audit.run({ ...context, argv: [origin.url, ...argv] })).rejects.toThrow(message);
  });

  it("refuses what is no site, and a site without a home page", async () => {
    await expect(run("ftp://example.com")).rejects.toThrow(/is not an http or https URL/);
    await expect(run()).rejects.toThrow(/give one URL/);
    await expect(run("http://127.0.0.1:1")).rejects.toThrow(
      /can't be read: the connection was refused/,
    );
    origin.routes.set("/", (_request, response) => void response.writeHead(503).end());
    await expect(run(origin.url)).rejects.toThrow(/answers 503; the audit needs a home page/);
  });

  it("runs only what is asked for", async () => {
    const report = await reportOf(origin.url, "--only", "robotsTxt");
    expect(report.checks.discoverability.sitemap?.message).toBe("excluded by scan configuration");
    expect(report.checks.discoverability.robotsTxt?.status).toBe("fail");
    expect(origin.requests.map(({ url }) => url)).toEqual(["/", "/robots.txt"]);
    const content = await reportOf(origin.url, "--profile", "content");
    expect(content.checks.discovery.apiCatalog?.message).toBe("excluded by scan configuration");
    expect(content.checks.botAccessControl.contentSignals?.status).toBe("fail");
  });

  it("names itself, and sends no request that robots.txt forbids", async () => {
    origin.routes.set(
      "/robots.txt",
      text("text/plain", "User-agent: wayleave-audit\nDisallow: /.well-known/\n"),
    );
    const report = await reportOf(origin.url);
    expect(
      origin.requests.every(({ headers }) => headers["user-agent"]?.includes("wayleave-audit")),
    ).toBe(true);
    expect(origin.requests.filter(({ url }) => url?.startsWith("/.well-known/"))).toEqual([]);
    expect(report.checks.discovery.apiCatalog?.message).toMatch(
      /unable to check: robots\.txt does not allow/,
    );
    await run(origin.url, "--ignore-robots");
    expect(origin.requests.some(({ url }) => url?.startsWith("/.well-known/"))).toBe(true);
  });

  it("follows redirects to the site's own origin, and says so", async () => {
    const front = await startOrigin();
    front.routes.set(
      "/",
      (_request, response) => void response.writeHead(301, { location: `${origin.url}/` }).end(),
    );
    const report = await reportOf(front.url, "--only", "robotsTxt");
    expect(report).toMatchObject({ url: origin.url, redirectedFrom: front.url });
    await front.close();
  });

  it("ends after a loop of redirects, at the home page and elsewhere", async () => {
    const loop: Handler = (request, response) =>
      void response.writeHead(302, { location: request.url ?? "" }).end();
    origin.routes.set("/sitemap.xml", loop);
    let count = 0;
    origin.routes.set("/.well-known/api-catalog", (_request, response) => {
      count += 1;
      response.writeHead(302, { location: `/.well-known/api-catalog?${count}` }).end();
    });
    const report = await reportOf(origin.url, "--only", "sitemap,apiCatalog");
    expect(report.checks.discoverability.sitemap?.message).toBe(
      "unable to check: the redirects form a loop",
    );
    expect(report.checks.discovery.apiCatalog?.message).toBe(
      "unable to check: more than 5 redirects",
    );
    expect(count).toBe(6);
    origin.routes.set("/", loop);
    await expect(run(origin.url)).rejects.toThrow(/can't be read: the redirects form a loop/);
  });

  it("does not wait for a slow site beyond its time", async () => {
    origin.routes.set("/sitemap.xml", () => {});
    origin.routes.set("/.well-known/api-catalog", (_request, response) => {
      response.writeHead(200, { "content-type": "application/linkset+json" });
      response.write("{");
    });
    const report = await reportOf(origin.url, "--only", "sitemap,apiCatalog", "--timeout", "1");
    expect(report.checks.discoverability.sitemap?.message).toMatch(
      /unable to check: no complete response within 1 seconds/,
    );
    expect(report.checks.discovery.apiCatalog?.message).toMatch(/unable to check/);
  });

  it("reads no more than 2 MiB of a response, however it is compressed", async () => {
    const huge = Buffer.alloc(64 * 1024 * 1024, "a");
    origin.routes.set("/.well-known/api-catalog", text("application/linkset+json", huge));
    const bomb = { "content-encoding": "gzip" };
    origin.routes.set(
      "/.well-known/agent-card.json",
      text("application/json", gzipSync(huge), bomb),
    );
    const report = await reportOf(origin.url, "--only", "apiCatalog,a2aAgentCard");
    expect(report.checks.discovery.apiCatalog?.message).toBe("API Catalog: it is too long");
    expect(report.checks.discovery.a2aAgentCard?.message).toBe("A2A Agent Card: it is too long");
  });

  it("reads a sitemap that is a file of gzip", async () => {
    origin.routes.set("/sitemap.xml.gz", text("application/gzip", gzipSync("<urlset></urlset>")));
    const report = await reportOf(origin.url, "--only", "sitemap");
    expect(report.checks.discoverability.sitemap?.status).toBe("pass");
  });

  it("survives a site that answers everything with its app", async () => {
    origin.missing = text(
      "text/html",
      "<!doctype html><div id=app></div><script src=/a.js></script>",
    );
    const report = await reportOf(origin.url);
    const statuses = Object.values(report.checks).flatMap((group) =>
      Object.values(group).map(({ status }) => status),
    );
    expect(statuses).not.toContain("pass");
    expect(report.level).toBe(0);
  });

  it("writes a page without scripts, in which the site's texts are only texts", async () => {
    const evil = `"><script>alert(1)</script>`;
    origin.routes.set(
      "/",
      text("text/html", `<title>${evil}</title><a href="/docs/">d</a>`, {
        link: `</x>; rel="${evil}"`,
      }),
    );
    origin.routes.set(
      "/robots.txt",
      text("text/plain", `User-agent: ${evil}\nContent-Signal: ${evil}=yes\n`),
    );
    const file = join(folder, "report.html");
    await run(origin.url, "--html", file);
    const page = readFileSync(file, "utf8");
    expect(page).not.toContain("<script");
    expect(page).toContain("&lt;script&gt;alert(1)");
    expect(page).toMatch(/<html lang="en">[\s\S]*<main>[\s\S]*<h1>[\s\S]*<caption>/);
    expect(page).not.toMatch(/(?:src|href)=/);
    expect(page).toContain("default-src 'none'");
  });

  it("hides control characters of the site from the terminal", async () => {
    origin.routes.set("/robots.txt", text("text/plain", "User-agent: \u001b[31mx\nAllow: /\n"));
    origin.routes.set("/", text("text/html", "<title>\u001b[31m</title><a href='/docs/'>d</a>"));
    expect((await run(origin.url)).out).not.toContain("\u001b");
  });
});

describe("the requester", () => {
  it("refuses addresses that are not public, by literal and by name, also behind a redirect", async () => {
    const requester = createRequester({
      allowsPrivate: false,
      time: 5000,
      lookup: (_name, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    for (const url of [
      origin.url,
      "http://inner.example/",
      "http://[::1]/",
      "http://169.254.169.254/",
      "http://2130706433/",
    ]) {
      const reply = await requester.send({ method: "GET", url, headers: {} }, 1000);
      expect(reply).toMatchObject({ kind: "none", why: "not-public" });
    }
    requester.close();
    expect(origin.requests).toEqual([]);
  });

  it("sends no more requests to a host than its bound", async () => {
    const requester = createRequester({ allowsPrivate: true, time: 60_000 });
    let refused = 0;
    for (let i = 0; i < 500; i++) {
      const reply = await requester.send(
        { method: "HEAD", url: `${origin.url}/x`, headers: {} },
        10,
      );
      if (reply.kind === "none" && reply.why === "budget") refused += 1;
    }
    requester.close();
    expect(origin.requests.length).toBe(380);
    expect(refused).toBe(120);
  });
});

describe("the demo site", () => {
  const root = new URL("../../../fixtures/site", import.meta.url).pathname;
  /** The checks on which the level depends. */
  const ids =
    "robotsTxt,sitemap,linkHeaders,robotsTxtAiRules,contentSignals,markdownNegotiation,apiCatalog,mcpServerCard,a2aAgentCard,agentSkills,webBotAuth,oauthDiscovery,oauthProtectedResource,authMd";
  let demo: DemoOrigin;
  beforeAll(async () => void (demo = await startDemoOrigin({ root })));
  afterAll(() => demo?.close());

  const levelBehind = async (file: string, more: Partial<ProxyOptions> = {}) => {
    const { text: rules } = loadRulesFile(join(root, "../../rules", file), FEATURES);
    const parsed = parse(rules, [], { allowTrailingComma: true }) as object;
    const agents = more.ownKeys === undefined ? {} : { agents: { ownDirectory: true } };
    const proxy = await RUNTIMES.node({
      origin: demo.url,
      rules: { ...parsed, ...agents },
      ...more,
    });
    const { level, nextLevel } = await reportOf(proxy.url, "--only", ids);
    await proxy.close();
    return [level, nextLevel?.requirements.map(({ check }) => check)];
  };

  it("has level 1 alone", async () => {
    expect((await reportOf(demo.url, "--only", ids)).level).toBe(1);
  });

  it("has level 3 with the default rules, and needs a skill for the next", async () => {
    expect(await levelBehind("default.jsonc")).toEqual([3, ["agentSkills"]]);
  });

  it("has with the example the highest level without an invented document", async () => {
    expect(await levelBehind("examples/agent-ready.jsonc")).toEqual([4, []]);
    // With keys of an agent of its own, one of two conditions of level 5 holds.
    const ownKeys = JSON.stringify(
      generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }),
    );
    expect(await levelBehind("examples/agent-ready.jsonc", { ownKeys })).toEqual([4, []]);
  });
});
