import { advise } from "../../audit/check.ts";
import type { FurtherCheck, FurtherContext } from "../../audit/further/further-check.ts";
import { somePages } from "../../audit/further/pages.ts";
import { unableToCheck, type AuditVerdict } from "../../audit/model.ts";
import { ACCEPT_HTML } from "../../audit/site.ts";
import { comparable, type Sameness } from "../../features/canonical-redirect/canonical.ts";
import { PAGE_PARAMETERS } from "../../features/canonical-redirect/policy.ts";
import { parameterMatcher } from "../../features/canonical-redirect/canonical.ts";
import { KINDS, PROBLEMS } from "../canonicals/kinds.ts";
import { readPage, type WalkedPage } from "../canonicals/page.ts";
import { reportOn, type Finding } from "../canonicals/report.ts";

const goal = "name one working canonical for each page";

/** Targets of canonicals that are requested besides the pages. */
const MOST_TARGETS = 10;

/** `wayleave canonicals` in short: some pages, and the targets of their canonicals. */
export const canonicalsCheck: FurtherCheck = {
  id: "canonicals",
  title: "Canonicals",
  goal,
  async run(context) {
    const { site, trail } = context;
    const pages = await somePages(context);
    if (pages.length === 0) return unableToCheck("no page could be read");
    const sameness = samenessOf(context);
    const walked = await walkPages(
      context,
      pages.map(({ target }) => site.origin + target),
      sameness,
    );
    const walk = {
      pages: walked,
      disallowed: new Set<string>(),
      errorPages: new Set<string>(),
      isCut: true,
    };
    const findings = reportOn(walk, sameness);
    for (const { kind, from, canonical } of findings.slice(0, 50)) {
      const outcome = PROBLEMS.has(kind) ? "negative" : "positive";
      trail.note(
        "validate",
        new URL(from).pathname,
        outcome,
        `${kind}${canonical === undefined ? "" : `: ${canonical}`}`,
      );
    }
    return verdictOn(findings, context);
  },
};

function verdictOn(findings: readonly Finding[], { site }: FurtherContext): AuditVerdict {
  if (findings.length === 0) return unableToCheck("no page could be read");
  const details = { findings };
  const problems = findings.filter(({ kind }) => PROBLEMS.has(kind));
  const [first] = problems;
  if (first !== undefined) {
    return {
      status: "fail",
      message: `${problems.length} of ${findings.length} pages: ${new URL(first.from).pathname}: ${KINDS[first.kind]}`,
      details,
      advice: advise(site, goal, {
        origin: `Correct these canonicals. \`wayleave canonicals ${site.origin}\` reads the whole site, and reports every kind with examples.`,
      }),
    };
  }
  if (findings.every(({ kind }) => kind === "missing")) {
    const message = `none of ${findings.length} pages names a canonical, which matters only if a page has several addresses`;
    return { status: "neutral", message, details };
  }
  const message = `the canonicals of ${findings.length} pages have no faults`;
  return { status: "pass", message, details };
}

/** The site's public origin, as its sitemaps name it, is the same site as a preview of it. */
function samenessOf({ site }: FurtherContext): Sameness {
  const origins = site.robots.sitemaps.flatMap(
    (line) => URL.parse(line, site.home.href)?.origin ?? [],
  );
  return { equivalents: new Set(origins), isIgnored: () => false };
}

async function walkPages(
  { site }: FurtherContext,
  pages: readonly string[],
  sameness: Sameness,
): Promise<ReadonlyMap<string, WalkedPage>> {
  const options = {
    sameness,
    countsPages: parameterMatcher(PAGE_PARAMETERS),
    isLinked: () => false,
  };
  const send = async (url: string): Promise<Response> => {
    const reply = await site.get(url, { accept: ACCEPT_HTML, keepsRedirects: true });
    if (reply.kind === "none") throw new TypeError(reply.message);
    const { status, fields, content } = reply;
    const headers = [...fields.lines()].filter(
      ([name]) => !/^(?:content-(?:encoding|length)|transfer-encoding)$/i.test(name),
    );
    const hasContent = ![204, 205, 304].includes(status);
    return new Response(hasContent ? new Uint8Array(content) : null, {
      status,
      headers: headers.map(([name, value]) => [name, value]),
    });
  };
  const found = new Map<string, WalkedPage>();
  const waiting = [...pages];
  for (let at = 0; at < waiting.length && found.size < pages.length + MOST_TARGETS; at++) {
    const url = new URL(waiting[at] ?? site.origin);
    const key = comparable(url, sameness);
    if (found.has(key)) continue;
    const page = await readPage(url.href, options, send);
    found.set(key, page);
    const named = page.canonical?.kind === "elsewhere" ? page.canonical.to : page.location;
    const target = named === undefined ? null : URL.parse(named);
    const isOurs =
      target !== null && (target.origin === site.origin || sameness.equivalents.has(target.origin));
    if (isOurs) waiting.push(site.origin + target.pathname + target.search);
  }
  return found;
}
