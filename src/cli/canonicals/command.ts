import { parameterMatcher } from "../../features/canonical-redirect/canonical.ts";
import { isOnWeb } from "../../http/target.ts";
import { countKinds, formatTable, PROBLEMS, reportOn } from "./report.ts";
import { walkSite } from "./walk.ts";
import { onlyOne, parseArguments, parseNumber, UsageError, type Command } from "../usage.ts";

/** `wayleave canonicals`: reports the effect of a site's canonicals before they are enforced. */
export const canonicals: Command = {
  summary: "crawls a site and reports the effect of its canonicals",
  help: `wayleave canonicals URL [--sitemap URL] [--json] [--max-pages N] [--delay MS]

Crawls the site of URL by its sitemaps and links, one request at a time, as its robots.txt
allows for "wayleave-canonicals". Reports loops, chains, canonicals on another origin,
canonicals whose page is not 200, and pages with no canonical or with several.

  --sitemap URL        this sitemap instead of those that robots.txt names
  --json               one JSON object on standard output
  --max-pages N        stops after N pages (default: 500)
  --delay MS           the time between two requests (default: 100, or the site's Crawl-delay)
  --equivalent ORIGIN  another origin of the same site; may be given several times
  --ignore NAME        a query parameter that does not change the page, e.g. "utm_*"

Exit code 1 if a canonical is part of a loop, leads to a page that is not 200, is one of
several, is not a valid URL, or begins a chain that is too long.
`,
  async run({ argv, out, err }) {
    const { values, positionals } = parseArguments(argv, {
      sitemap: { type: "string" },
      json: { type: "boolean", default: false },
      "max-pages": { type: "string", default: "500" },
      delay: { type: "string", default: "100" },
      equivalent: { type: "string", multiple: true, default: [] },
      ignore: { type: "string", multiple: true, default: [] },
    });
    const start = webUrl(onlyOne(positionals, "give one URL"));
    const sitemap = values.sitemap === undefined ? undefined : webUrl(values.sitemap).href;
    const sameness = {
      equivalents: new Set(values.equivalent.map((origin) => webUrl(origin).origin)),
      isIgnored: parameterMatcher(values.ignore),
    };
    const walk = await walkSite({
      start,
      sitemap,
      sameness,
      maxPages: parseNumber("--max-pages", values["max-pages"], 1, 100_000),
      delay: parseNumber("--delay", values.delay, 0, 60_000),
      onPage: (done, waiting) => err(`\r${done} pages, ${waiting} waiting  `),
      warn: (text) => err(`wayleave canonicals: ${text}\n`),
    });
    if (walk === undefined) throw new UsageError(`${start.origin} can't be reached`);
    if (walk.pages.size > 0) err("\n");
    if (walk.isCut)
      err(`wayleave canonicals: stopped after --max-pages; the site has more pages\n`);
    const findings = reportOn(walk, sameness);
    if (values.json) {
      const report = {
        site: start.origin,
        pages: walk.pages.size,
        isComplete: !walk.isCut,
        disallowed: walk.disallowed.size,
        summary: countKinds(findings),
        findings,
      };
      out(`${JSON.stringify(report, undefined, 2)}\n`);
    } else out(formatTable(findings));
    return findings.some(({ kind }) => PROBLEMS.has(kind)) ? 1 : 0;
  },
};

function webUrl(text: string): URL {
  const url = URL.parse(text);
  if (!isOnWeb(url)) {
    throw new UsageError(`${JSON.stringify(text)} is not an http or https URL`);
  }
  return url;
}
