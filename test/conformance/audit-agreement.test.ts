import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { runChecks } from "afdocs";
import { describe, expect, it } from "vitest";
import { audit } from "../../src/cli/audit/command.ts";
import type { FullReport } from "../../src/cli/audit/audit-site.ts";
import { startAuditedSite, type SiteFault } from "../support/audited-site.ts";
import { CHECKERS, needsThat } from "../support/needs.ts";

/** Folder with the packages of the checkers that are no dependency of ours. */
const modules = process.env["WAYLEAVE_CHECKERS"] ?? "";
const readability = join(modules, "@vercel/agent-readability/dist/cli/index.cjs");
const readiness = join(modules, "agent-readiness/lib/core.mjs");

type Statuses = Readonly<Record<string, string>>;

/** Runs a checker on a site: the statuses that are not "pass", of the checks that it shares with ours. */
type Checker = (url: string) => Promise<Statuses>;

const OURS =
  "robotsTxt sitemap markdownNegotiation markdownPages markdownParity cacheVariants llmsLinks policyAgreement canonicals";
const AFDOCS = ["content-negotiation", "markdown-content-parity", "llms-txt-links-resolve"];
const READABILITY = new Set([
  "Accept header → markdown",
  "Vary: Accept",
  "llms.txt links resolve",
  "sitemap.xml",
  "robots.txt",
  "Canonical URL",
]);
const READINESS = new Set(["llms_txt", "discovery", "canonical"]);

const notPassed = (statuses: readonly (readonly [string, string])[]): Statuses =>
  Object.fromEntries(statuses.filter(([, status]) => status !== "pass"));

const ours: Checker = async (url) => {
  let out = "";
  await audit.run({
    argv: [url, "--dns", "off", "--json", "--only", OURS.replaceAll(" ", ",")],
    env: {},
    input: new ReadableStream(),
    color: false,
    out: (text) => void (out += text),
    err() {},
  });
  const { checks, further } = JSON.parse(out) as FullReport;
  const all = Object.assign({}, ...Object.values(checks), further) as FullReport["further"];
  return notPassed(OURS.split(" ").map((id) => [id, all[id]?.status ?? "none"]));
};

const afdocs: Checker = async (url) => {
  const { results } = await runChecks(url, {
    checkIds: [...AFDOCS, "llms-txt-exists", "markdown-url-support"],
    requestDelay: 0,
    samplingStrategy: "deterministic",
    maxLinksToTest: 20,
  });
  return notPassed(
    results.filter(({ id }) => AFDOCS.includes(id)).map(({ id, status }) => [id, status]),
  );
};

interface Readability {
  readonly categories: Readonly<
    Record<string, { checks: readonly { name: string; passed: boolean; skipped: boolean }[] }>
  >;
}

const agentReadability: Checker = async (url) => {
  const argv = [readability, "audit", url, "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  const all = Object.values((JSON.parse(stdout) as Readability).categories);
  const checks = all.flatMap((each) => each.checks);
  return notPassed(
    checks
      .filter(({ name }) => READABILITY.has(name))
      .map(({ name, passed, skipped }) => [name, skipped ? "skip" : passed ? "pass" : "fail"]),
  );
};

const agentReadiness: Checker = async (url) => {
  const { crawl, analyze, score } = await import(pathToFileURL(readiness).href);
  const { checks } = score(analyze(await crawl(url)));
  return notPassed(
    (checks as readonly { id: string; pass: boolean }[])
      .filter(({ id }) => READINESS.has(id))
      .map(({ id, pass }) => [id, pass ? "pass" : "fail"]),
  );
};

const [FAIL, SKIP, NEUTRAL] = ["fail", "skip", "neutral"];
const ACCEPT = "Accept header → markdown";
const VARY = "Vary: Accept";
const LINKS = "llms.txt links resolve";
const NO_MARKDOWN = { markdownPages: NEUTRAL, markdownParity: NEUTRAL };

interface Case {
  readonly fault: SiteFault | undefined;
  readonly ours: Statuses;
  readonly afdocs?: Statuses;
  readonly readability?: Statuses;
  readonly readiness?: Statuses;
}

/** The checks that do not pass, by fault of the site; docs/audit.md gives the reasons of differences. */
const CASES: readonly Case[] = [
  { fault: undefined, ours: {} },
  {
    fault: "no markdown",
    ours: { ...NO_MARKDOWN, markdownNegotiation: FAIL, cacheVariants: NEUTRAL, llmsLinks: FAIL },
    afdocs: {
      "content-negotiation": FAIL,
      "markdown-content-parity": SKIP,
      "llms-txt-links-resolve": FAIL,
    },
    readability: { [ACCEPT]: FAIL, [VARY]: SKIP, [LINKS]: FAIL },
  },
  { fault: "no Vary", ours: { cacheVariants: FAIL }, readability: { [VARY]: FAIL } },
  {
    fault: "HTML as markdown",
    ours: { markdownPages: FAIL, markdownParity: NEUTRAL, llmsLinks: FAIL },
    afdocs: {
      "content-negotiation": FAIL,
      "markdown-content-parity": SKIP,
      "llms-txt-links-resolve": FAIL,
    },
    readability: { [LINKS]: FAIL },
  },
  {
    fault: "thin markdown",
    ours: { markdownParity: FAIL },
    afdocs: { "markdown-content-parity": FAIL },
  },
  {
    fault: "markdown by User-Agent only",
    ours: { ...NO_MARKDOWN, markdownNegotiation: FAIL, cacheVariants: NEUTRAL },
    afdocs: { "content-negotiation": FAIL },
    readability: { [ACCEPT]: FAIL, [VARY]: SKIP },
  },
  {
    fault: "no llms.txt",
    ours: { llmsLinks: NEUTRAL },
    afdocs: { "llms-txt-links-resolve": SKIP },
    readability: { [LINKS]: SKIP },
    readiness: { llms_txt: FAIL },
  },
  {
    fault: "dead link in llms.txt",
    ours: { llmsLinks: FAIL },
    afdocs: { "llms-txt-links-resolve": FAIL },
    readability: { [LINKS]: FAIL },
  },
  {
    fault: "page as llms.txt",
    ours: { llmsLinks: NEUTRAL },
    afdocs: { "llms-txt-links-resolve": SKIP },
    readability: { [LINKS]: SKIP },
    readiness: { llms_txt: FAIL },
  },
  {
    fault: "no sitemap",
    ours: { sitemap: FAIL },
    readability: { "sitemap.xml": FAIL },
    readiness: { discovery: FAIL },
  },
  { fault: "sitemap without lastmod", ours: {}, readability: { "sitemap.xml": FAIL } },
  {
    fault: "no robots.txt",
    ours: { robotsTxt: FAIL },
    readability: { "robots.txt": FAIL },
    readiness: { discovery: FAIL },
  },
  { fault: "page as robots.txt", ours: { robotsTxt: FAIL }, readiness: { discovery: FAIL } },
  { fault: "crawlers forbidden", ours: {}, readability: { "robots.txt": FAIL } },
  {
    fault: "no canonical",
    ours: { canonicals: NEUTRAL },
    readability: { "Canonical URL": FAIL },
    readiness: { canonical: FAIL },
  },
  { fault: "dead canonical", ours: { canonicals: FAIL } },
  {
    fault: "app for every address",
    ours: {
      ...NO_MARKDOWN,
      robotsTxt: FAIL,
      sitemap: FAIL,
      markdownNegotiation: FAIL,
      cacheVariants: NEUTRAL,
      llmsLinks: NEUTRAL,
      canonicals: NEUTRAL,
    },
    afdocs: {
      "content-negotiation": FAIL,
      "markdown-content-parity": SKIP,
      "llms-txt-links-resolve": SKIP,
    },
    readability: {
      [ACCEPT]: FAIL,
      [VARY]: SKIP,
      [LINKS]: SKIP,
      "sitemap.xml": FAIL,
      "Canonical URL": FAIL,
    },
    readiness: { llms_txt: FAIL, discovery: FAIL, canonical: FAIL },
  },
];

async function expectOn(fault: SiteFault | undefined, checker: Checker, expected: Statuses = {}) {
  const site = await startAuditedSite(fault);
  try {
    expect(await checker(site.url)).toEqual(expected);
  } finally {
    await site.close();
  }
}

describe.each(CASES)("a site with the fault: $fault", ({ fault, ...expected }) => {
  it("is judged so by the audit", () => expectOn(fault, ours, expected.ours));
  it("is judged so by afdocs", () => expectOn(fault, afdocs, expected.afdocs));
});

it(
  "@vercel/agent-readability judges the sites so",
  {
    ...needsThat(existsSync(readability), CHECKERS),
    timeout: 180_000,
  },
  async () => {
    for (const each of CASES) await expectOn(each.fault, agentReadability, each.readability);
  },
);

it("agent-readiness judges the sites so", needsThat(existsSync(readiness), CHECKERS), async () => {
  for (const each of CASES) await expectOn(each.fault, agentReadiness, each.readiness);
});

it("is documented by fault", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/audit.md"), "utf8");
  for (const { fault } of CASES) if (fault !== undefined) expect(page).toContain(`| ${fault} `);
});
