import { parameterMatcher } from "../../features/canonical-redirect/canonical.ts";
import { isOnWeb } from "../../http/target.ts";
import { LINKED_TYPES, PAGE_PARAMETERS } from "../../features/canonical-redirect/policy.ts";
import { formatReport } from "./format.ts";
import { KINDS, KIND_NAMES, PROBLEMS } from "./kinds.ts";
import { progressOn } from "./progress.ts";
import { countKinds, reportOn, type Finding } from "./report.ts";
import { walkSite } from "./walk.ts";
import {
  CommandFailure,
  onlyOne,
  parseArguments,
  parseNumber,
  UsageError,
  type Command,
} from "../usage.ts";

/** `wayleave canonicals`: reports the effect of a site's canonicals before they are enforced. */
export const canonicals: Command = {
  summary: "crawls a site and reports the effect of its canonicals",
  help: `wayleave canonicals URL [--sitemap URL] [--json] [--max-pages N] [--delay MS]

Crawls the site of URL by its sitemaps and links, one request at a time, as its robots.txt
allows for "wayleave-canonicals". Reports by kind, with examples, what the canonicals of
the site would do: loops, chains, targets that are missing, noindex or error pages, one
target for many pages, placeholders, local and staging hosts, other languages, later pages
of a series, other origins, schemes or "www.", canonicals that only a script writes.

  --sitemap URL        this sitemap instead of those that robots.txt names; may be given several times
  --json               one JSON object on standard output
  --examples N         addresses that are shown for each kind (default: 5)
  --max-pages N        stops after N pages (default: 500)
  --delay MS           the time between two requests (default: 100, or the site's Crawl-delay)
  --equivalent ORIGIN  another origin of the same site; may be given several times
  --ignore NAME        a query parameter that does not change the page, e.g. "utm_*"
  --page-parameter N   a parameter or path segment that counts pages, besides the usual ones
  --type TYPE          a media type with canonicals in Link fields, besides PDF, EPUB and
                       office documents, e.g. "text/plain"

Exit code 1 if a canonical has one of these faults; pages that are their own canonical, that
name none, or whose canonical is a working page are none. Also if URL can't be read or leads to
no page, or if no sitemap of --sitemap lists pages. Exit code 2 if the arguments are wrong.
`,
  async run({ argv, isTerminal = false, out, err }) {
    const { values, positionals } = parseArguments(argv, {
      sitemap: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      examples: { type: "string", default: "5" },
      type: { type: "string", multiple: true, default: [] },
      "page-parameter": { type: "string", multiple: true, default: [] },
      "max-pages": { type: "string", default: "500" },
      delay: { type: "string", default: "100" },
      equivalent: { type: "string", multiple: true, default: [] },
      ignore: { type: "string", multiple: true, default: [] },
    });
    const start = webUrl(onlyOne(positionals, "give one URL"));
    const sameness = {
      equivalents: new Set(values.equivalent.map((origin) => webUrl(origin).origin)),
      isIgnored: parameterMatcher(values.ignore),
    };
    const pageNames = values["page-parameter"].map((name) => name.toLowerCase());
    const countsPages = parameterMatcher([...PAGE_PARAMETERS, ...pageNames]);
    const isLinked = parameterMatcher([
      ...LINKED_TYPES,
      ...values.type.map((type) => type.toLowerCase()),
    ]);
    const progress = progressOn(err, isTerminal);
    const mostExamples = parseNumber("--examples", values.examples, 1, 10_000);
    const walk = await walkSite({
      start,
      sitemaps: values.sitemap.map((url) => webUrl(url).href),
      canonicals: { sameness, countsPages, isLinked },
      maxPages: parseNumber("--max-pages", values["max-pages"], 1, 100_000),
      delay: parseNumber("--delay", values.delay, 0, 60_000),
      onPage: (done, waiting) => progress.page(done, waiting),
      warn: (text) => err(`wayleave canonicals: ${text}\n`),
    });
    progress.end();
    if (walk.isCut)
      err(`wayleave canonicals: stopped after --max-pages; the site has more pages\n`);
    const findings = reportOn(walk, sameness);
    if (findings.length === 0) throw new CommandFailure(`${start.href} leads to no page`);
    if (values.json) {
      const report = {
        site: start.origin,
        pages: walk.pages.size,
        isComplete: !walk.isCut,
        disallowed: walk.disallowed.size,
        summary: countKinds(findings),
        groups: groupsOf(findings, mostExamples),
        findings,
      };
      out(`${JSON.stringify(report, undefined, 2)}\n`);
    } else out(formatReport(findings, mostExamples));
    return findings.some(({ kind }) => PROBLEMS.has(kind)) ? 1 : 0;
  },
};

/** The faults by kind, worst first, with examples. */
function groupsOf(findings: readonly Finding[], mostExamples: number) {
  return KIND_NAMES.flatMap((kind) => {
    const found = findings.filter((each) => each.kind === kind);
    if (found.length === 0) return [];
    const examples = found.slice(0, mostExamples).map(({ kind: _kind, ...facts }) => facts);
    const isFault = PROBLEMS.has(kind);
    return [{ kind, means: KINDS[kind], isFault, count: found.length, examples }];
  });
}

function webUrl(text: string): URL {
  const url = URL.parse(text);
  if (!isOnWeb(url)) {
    throw new UsageError(`${JSON.stringify(text)} is not an http or https URL`);
  }
  return url;
}
