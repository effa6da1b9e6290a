import { parseArgs } from "node:util";
import { parameterMatcher } from "../../features/canonical-redirect/canonical.ts";
import { countKinds, formatTable, PROBLEMS, reportOn } from "./report.ts";
import { walkSite } from "./walk.ts";
import { UsageError, type Command } from "../usage.ts";

/** `wayleave canonicals`: what a site's canonicals would do, before they are enforced. */
export const canonicals: Command = {
  summary: "walks a site and reports how its canonicals would work",
  help: `wayleave canonicals URL [--sitemap URL] [--json] [--max-pages N] [--delay MS]

Walks the site of URL by its sitemaps and links, one request at a time and as its
robots.txt allows (as "wayleave-canonicals"). Reports loops, chains, canonicals on another
origin, canonicals whose page is not 200, and pages with no canonical or with several.

  --sitemap URL        this sitemap instead of those that robots.txt names
  --json               one JSON object on standard output
  --max-pages N        stops after so many pages (default: 500)
  --delay MS           the time between two requests (default: 100, or the site's Crawl-delay)
  --equivalent ORIGIN  another origin of the same site; may be given several times
  --ignore NAME        a query parameter that does not change the page, e.g. "utm_*"

Exit code 1 if a canonical is part of a loop, leads to a page that is not 200, is one of
several, is not an address, or is the first of a chain that is too long.
`,
  async run({ argv, out, err }) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        sitemap: { type: "string" },
        json: { type: "boolean", default: false },
        "max-pages": { type: "string", default: "500" },
        delay: { type: "string", default: "100" },
        equivalent: { type: "string", multiple: true, default: [] },
        ignore: { type: "string", multiple: true, default: [] },
      },
    });
    const [address = "", ...more] = positionals;
    if (address === "" || more.length > 0) throw new UsageError("name one URL");
    const start = webUrl(address);
    const sitemap = values.sitemap === undefined ? undefined : webUrl(values.sitemap).href;
    const sameness = {
      equivalents: new Set(values.equivalent.map((origin) => webUrl(origin).origin)),
      isIgnored: parameterMatcher(values.ignore),
    };
    const walk = await walkSite({
      start,
      sitemap,
      sameness,
      maxPages: numberOf("--max-pages", values["max-pages"], 1, 100_000),
      delay: numberOf("--delay", values.delay, 0, 60_000),
      onPage: (done, waiting) => err(`\r${done} pages, ${waiting} waiting  `),
      warn: (text) => err(`wayleave canonicals: ${text}\n`),
    });
    if (walk === undefined) throw new UsageError(`${start.origin} can't be reached`);
    if (walk.pages.size > 0) err("\n");
    if (walk.isCut) err(`wayleave canonicals: stopped; there is more (--max-pages)\n`);
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
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new UsageError(`${JSON.stringify(text)} is not an http or https URL`);
  }
  return url;
}

function numberOf(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(
    `${option} is a number from ${least} to ${most}, not ${JSON.stringify(text)}`,
  );
}
