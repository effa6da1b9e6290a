import { writeFileSync } from "node:fs";
import type { FurtherContext } from "../../audit/further/further-check.ts";
import { NoSite } from "../../audit/site.ts";
import { isOnWeb } from "../../http/target.ts";
import {
  onlyOne,
  parseArguments,
  parseNumber,
  UsageError,
  wrongValue,
  type Command,
} from "../usage.ts";
import { packageVersion } from "../package-root.ts";
import { readPrivateKey, signAsAgent } from "../sign.ts";
import { auditProgress } from "./audit-progress.ts";
import { auditSite } from "./audit-site.ts";
import { chosenChecks, siteUrl } from "./choice.ts";
import { runEndpoint } from "./serve/serve.ts";
import { writeAuditPage } from "./report-html.ts";
import { formatAudit } from "./report-text.ts";
import { AUDIT_BOUNDS, createRequester } from "./requester.ts";

const DNS = "https://cloudflare-dns.com/dns-query";

/** `wayleave audit`: the readiness of a site for agents, with advice. */
export const audit: Command = {
  summary: "checks how ready a site is for agents, and says what to do",
  help: `wayleave audit URL [--json] [--only IDS] [--profile NAME] [--min-level N] [--html FILE]
wayleave audit --serve [--host H] [--port N]

Runs the checks of isitagentready.com on the site of URL, which may be a preview or
on this machine, and checks beyond them. Prints the level from 0 to 5, the score,
and for each check that fails what to do. A check that the site has no honest use
for is "not applicable": publish no document to pass it.

  --json           the report in the scanner's form, as JSON
  --only IDS       these checks only, separated by commas
  --profile NAME   the checks of a profile of the scanner: all, content, apiApp
  --min-level N    exit code 1 if the level is lower
  --html FILE      writes the report as a page, too
  --pages N        pages for the checks that read several (default: 5)
  --key FILE, --agent URL
                   a private key (wayleave keys) and the agent that publishes it:
                   shows how the site answers this agent's signed requests
  --timeout N      seconds for the whole audit (default: 120; with --serve: 55)
  --dns URL        the DNS-over-HTTPS service for dnsAid (default:
                   ${DNS}), or "off"
  --ignore-robots  sends requests that robots.txt forbids, for a site of your own
  --serve          serves an MCP endpoint with one tool, scan_site, on
                   --host (default: 127.0.0.1) and --port (default: 8790)
  --public-host NAME
                   a host name by which clients reach it; needed if --host is not
                   loopback. Then addresses that are not public are not audited

Sends at most ${AUDIT_BOUNDS.total} requests, ${AUDIT_BOUNDS.perHost} of them to one host, each of ${AUDIT_BOUNDS.request / 1000} seconds at most; reads at
most 2 MiB of a response, and follows at most 5 redirects. Its name in robots.txt is
"wayleave-audit".

Exit code 0 whatever the level is; 1 if it is below --min-level; 2 if the arguments
are wrong or the home page can't be read.
`,
  async run({ argv, env, color, isTerminal = false, out, err }) {
    const { values, positionals } = parseArguments(argv, OPTIONS);
    const seconds = values.timeout ?? (values.serve ? "55" : "120");
    const time = parseNumber("--timeout", seconds, 1, 3600) * 1000;
    const dns = values.dns === "off" ? undefined : dnsUrl(values.dns);
    const maxPages = parseNumber("--pages", values.pages, 1, 20);
    if (values.serve) {
      if (positionals.length > 0) throw new UsageError("--serve takes no URL: clients name it");
      const { host } = values;
      const port = parseNumber("--port", values.port, 0, 65_535);
      const names = values["public-host"].map((name) => name.toLowerCase());
      const version = packageVersion();
      return runEndpoint({ host, port, names, time, dns, maxPages, version }, { env, out });
    }
    const start = siteUrl(onlyOne(positionals, "give one URL"));
    const enabled = chosenChecks(values.only, values.profile);
    const least = parseNumber("--min-level", values["min-level"], 0, 5);
    const sign = signerOf(values.key, values.agent);
    const progress = auditProgress(err, isTerminal);
    const requester = createRequester({
      allowsPrivate: true,
      time,
      onRequest: (count) => progress.request(count),
    });
    try {
      const report = await auditSite({
        start,
        enabled,
        dns,
        ignoresRobots: values["ignore-robots"],
        requester,
        onCheck: (id) => progress.check(id),
        further: { maxPages, sign, invent: () => crypto.randomUUID() },
      });
      progress.end();
      if (values.html !== undefined) writeFileSync(values.html, writeAuditPage(report));
      out(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : formatAudit(report, color));
      return report.level < least ? 1 : 0;
    } catch (error) {
      progress.end();
      if (error instanceof NoSite) throw new UsageError(error.message);
      throw error;
    } finally {
      requester.close();
    }
  },
};

const OPTIONS = {
  json: { type: "boolean", default: false },
  only: { type: "string" },
  profile: { type: "string" },
  "min-level": { type: "string", default: "0" },
  html: { type: "string" },
  timeout: { type: "string" },
  serve: { type: "boolean", default: false },
  host: { type: "string", default: "127.0.0.1" },
  port: { type: "string", default: "8790" },
  "public-host": { type: "string", multiple: true, default: [] as string[] },
  dns: { type: "string", default: DNS },
  pages: { type: "string", default: "5" },
  key: { type: "string" },
  agent: { type: "string" },
  "ignore-robots": { type: "boolean", default: false },
} as const;

/** Signs requests as the agent, if a key is given. */
function signerOf(key: string | undefined, agent: string | undefined): FurtherContext["sign"] {
  if (key === undefined && agent === undefined) return undefined;
  if (key === undefined) throw new UsageError("give the private key with --key FILE");
  if (agent === undefined || !URL.canParse(agent))
    throw new UsageError("give the agent with --agent URL");
  const jwk = readPrivateKey(key);
  return (url) => signAsAgent(url, jwk, agent, key);
}

function dnsUrl(text: string): string {
  const url = URL.parse(text);
  if (isOnWeb(url)) return url.href;
  throw wrongValue("--dns", 'an https URL, or "off"', text);
}
