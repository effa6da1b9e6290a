import { ANONYMOUS } from "../../agent/agent.ts";
import { robotsFeature } from "../../features/robots/feature.ts";
import type { RobotsPolicy } from "../../features/robots/policy.ts";
import { FEATURES } from "../../features.ts";
import { compileRules } from "../../rules/compile.ts";
import { quote } from "../../rules/fault.ts";
import {
  compileRobots,
  OPEN,
  SITEMAP_KEY,
  type CompiledRobots,
  type LineSource,
} from "../../rules/robots/index.ts";
import { findDisagreements } from "../../rules/robots/parity.ts";
import { count, wrap } from "../remarks.ts";
import { loadRulesFile } from "../rules-file.ts";
import { parseOptions, UsageError, type Command } from "../usage.ts";
import { describeDisagreement } from "./check.ts";
import { fetchRobots } from "./fetch.ts";
import { readIndependently } from "./reader.ts";
import { sitesOf } from "./sites.ts";

/** `wayleave robots`: the robots.txt that the proxy serves. */
export const robots: Command = {
  summary: "prints the robots.txt that the rules and the origin server's file make",
  help: `wayleave robots [--rules FILE] [--origin URL] [--site URL] [--explain] [--json]

Prints the robots.txt that the proxy serves, and on standard error each part of
the rules that it can't say: the proxy enforces it all the same.

  --rules FILE  the rules (default: rules/default.jsonc)
  --origin URL  the origin server, whose robots.txt is read (also ORIGIN_URL,
                default: "origin" of the rules, else as if it had no file)
  --site URL    the site as clients see it, whose rules count (default:
                "publicOrigin" of the rules, else the first of "hosts", else
                the origin server)
  --explain     the reason for each line
  --json        {"site","mode","text","lines":[{"text","source"}],
                "unsaid":[{"rule","agents","pattern","why"}],"differs":[…],
                "isTooLong","isTooLarge"}

A reader that shares no code with the proxy compares the file with the rules and
the origin server's file, for each bot on sample paths.

Exit code 1 if they differ, or if the origin server does not answer, or answers
with an error or a redirect to another site, so that the proxy serves that; 2 if
the arguments or rules are wrong.
`,
  async run({ argv, env, out, err }) {
    const values = parseOptions(argv, {
      rules: { type: "string" },
      origin: { type: "string" },
      site: { type: "string" },
      explain: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const loaded = loadRulesFile(values.rules, FEATURES);
    const { rules, bots } = loaded;
    const origin = values.origin ?? env["ORIGIN_URL"] ?? rules.origin;
    const known = rules.publicOrigin !== undefined || rules.hosts !== undefined;
    const site = originOf(values.site ?? (known ? sitesOf(rules)[0] : origin) ?? sitesOf(rules)[0]);
    const { host } = new URL(site);
    const request = { method: "GET", host, path: "/robots.txt", agent: ANONYMOUS };
    const { mode, policy } = compileRules(rules, FEATURES).forRequest(request)(robotsFeature.key);
    const { replaces } = policy as RobotsPolicy;
    const own = origin === undefined ? undefined : await fetchRobots(originOf(origin), site);
    const compiler = compileRobots(rules, FEATURES, bots);
    const base = replaces ? undefined : own;
    const made = compiler.compile(base, site);
    const name = mode === "enforce" ? (replaces ? "replace" : "merge") : "off";
    const content = (name === "off" ? undefined : made.file?.content) ?? own ?? new Uint8Array();
    const unsaid = name === "off" ? [] : unsaidOf(made, compiler.unsaid(host));
    const isTooLong = name !== "off" && made.file?.isTooLong === true;
    const isTooLarge = name !== "off" && made.isTooLarge;
    const found =
      name === "off" || isTooLarge
        ? []
        : findDisagreements(loaded, site, readIndependently, base).filter(({ isTold }) => !isTold);
    const differs = found.map(describeDisagreement);
    const code = differs.length === 0 ? 0 : 1;
    if (values.json) {
      const lines = name === "off" ? [] : (made.file?.lines ?? []);
      const text = new TextDecoder().decode(content);
      out(
        `${JSON.stringify({ site, mode: name, text, lines, unsaid, differs, isTooLong, isTooLarge }, undefined, 2)}\n`,
      );
      return code;
    }
    const explains = values.explain && name !== "off" && made.file !== undefined;
    out(explains ? explain(made.file.lines) : content);
    const say = (text: string): void => err(`${wrap(`wayleave robots: ${text}`)}\n`);
    if (name === "off")
      say('robots is off: this is the origin server\'s file; write "robots": true');
    else if (isTooLarge)
      say("the origin server's file is too large to be merged, so it stays as it is");
    else if (made.file === undefined) say("the rules add no line");
    if (isTooLong) say("crawlers may read the first 500 KiB only (RFC 9309 §2.5)");
    for (const { rule, agents, pattern, why } of unsaid) {
      const pages = pattern === "" ? "" : ` ${quote(pattern)}`;
      const whose = agents.length === 0 ? "" : ` for ${count(agents.length, "crawler")}`;
      say(`not said: ${quote(rule)}${pages}${whose}: ${why}`);
    }
    for (const each of differs) say(each);
    return code;
  },
};

/** A part of a rule that the file can't say. */
interface UnsaidPart {
  readonly rule: string;
  /** Empty if it is so for all that the rule matches. */
  readonly agents: readonly string[];
  readonly pattern: string;
  readonly why: string;
}

function unsaidOf(
  { unsaid }: CompiledRobots,
  ofRules: readonly { readonly name: string; readonly why: string }[],
): readonly UnsaidPart[] {
  const longer = "other lines for the same pages can't be overridden";
  return [
    ...ofRules.map((each) => ({ rule: each.name, agents: [], pattern: "", why: each.why })),
    ...unsaid.map(({ why = longer, ...each }) => ({ ...each, why })),
  ];
}

function originOf(address: string | undefined): string {
  const url = address === undefined ? null : URL.parse(address);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.origin;
  throw new UsageError(`${quote(address)} is no URL of a site, such as "https://www.example.com"`);
}

function explain(lines: readonly { readonly text: string; readonly source: LineSource }[]): string {
  const width = Math.min(48, Math.max(...lines.map(({ text }) => text.length)));
  return lines
    .map(({ text, source }) => `${text.padEnd(width)}  | ${say(source)}\n`.replace(/^\s+\|.*/, ""))
    .join("");
}

/** The reason for a line, in words. */
function say(source: LineSource): string {
  if (source.from === "origin") {
    return `line ${source.line} of the origin server's file${source.is === undefined ? "" : ", for this group too"}`;
  }
  if (source.from === "layout") return LAYOUT[source.why];
  const { rule, because } = source;
  const of = ORIGINS[rule] ?? `rule ${quote(rule)}`;
  if (because === undefined) return of;
  const does = because.is === "overridden" ? "overrides" : "restates";
  return `${of}, ${does} line ${because.line} of the origin server's file`;
}

const LAYOUT = {
  agent: "a group of the rules",
  separator: "",
  "no-rule": "says nothing, for crawlers that do not know Allow",
};
/** Lines that no rule of the list makes. */
const ORIGINS: Readonly<Record<string, string>> = {
  [OPEN]: "documents that rules refuse to nobody",
  [SITEMAP_KEY]: 'the key "sitemap" of the rules',
};
