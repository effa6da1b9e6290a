import * as v from "valibot";
import { readAuditedPage } from "../audit/page.ts";
import { compressionFeature } from "../features/compression/feature.ts";
import { compressionOptions } from "../features/compression/policy.ts";
import { remedyOf } from "../features/compression/reasons.ts";
import { quote, toPointer, visible, type PathStep, type Warning } from "../rules/fault.ts";
import { isHtml, parseMediaType } from "../http/media-type.ts";
import type { LoadedRules } from "../rules/load.ts";
import type { ValidRules } from "../rules/warn.ts";
import { parseAddress, type FieldLines } from "../simulate/facts.ts";
import { runLive, type ReceivedResponse } from "../simulate/live.ts";
import type { Traced } from "../simulate/run.ts";
import { now } from "../timing/duration.ts";
import { assetsOf } from "./init/bundles.ts";
import { pathBeside, readText } from "./rules-file.ts";
import { originCa, originCas } from "./secrets.ts";
import { turndownFor } from "./turndown.ts";
import { CommandFailure, UsageError } from "./usage.ts";

/** Responses of one check, at most, and redirects of a page that are followed. */
const MOST = 24;
const MOST_REDIRECTS = 2;

/** The pages of one check, at most. */
export const MOST_PAGES = 8;

/**
 * Reasons for which the origin server's response, or the rule, keeps clients of a site from
 * dictionaries, and which have a remedy.
 */
const REPORTED = new Set([
  "not-fresh",
  "not-public",
  "csp-forbids-dictionary",
  "insecure-context",
  "cookies-not-public",
  "too-large",
  "too-large-for-codec",
]);

/** Visitors who return have cookies, and only they have dictionaries. */
const COOKIE = ["cookie", "wayleave-check=1"] as const;

/** What one response says about dictionaries. */
export interface CheckedResponse {
  readonly target: string;
  readonly status: number;
  /** Why it has no dictionary; undefined if the rules give it none, or it has one. */
  readonly reason: string | undefined;
  /** The rule that decides, as a path in the file. */
  readonly rule: readonly PathStep[];
}

/**
 * Requests pages and their scripts and styles from the origin server, through a temporary proxy
 * with the rules, and reports which of them can't have dictionaries.
 *
 * @param pages targets of pages
 */
export async function checkOrigin(
  read: ValidRules,
  file: string,
  origin: string,
  pages: readonly string[],
): Promise<{ readonly warnings: Warning[]; readonly responses: CheckedResponse[] }> {
  const responses: CheckedResponse[] = [];
  const request = await requester(read, file, origin);
  const found = new Set<string>();
  for (const page of pages) {
    const { target, answer, response } = await requestPage(page, request);
    responses.push(judge(read, target, answer));
    if (response !== undefined)
      for (const each of assetsIn(response, request.site)) found.add(each);
  }
  for (const target of [...found].slice(0, MOST - pages.length)) {
    const { answer } = await request.send(target, [COOKIE]);
    responses.push(judge(read, target, answer));
  }
  return { warnings: warningsOf(responses, read), responses };
}

/** A proxy that sends a request to the origin server. */
interface Requester {
  /** The site as clients see it. */
  readonly site: string;
  send(
    target: string,
    fields: FieldLines,
  ): Promise<{ readonly answer: Traced["trace"]; readonly response: ReceivedResponse }>;
}

async function requester(read: ValidRules, file: string, origin: string): Promise<Requester> {
  const { rules } = read;
  const loaded: LoadedRules = read;
  const site = new URL(rules.publicOrigin ?? "https://www.example.com").origin;
  const options = {
    ...loaded,
    loadTurndown: await turndownFor(rules),
    readList: (path: string) => readText(pathBeside(file, path)),
    originCa: originCa(rules, file),
    originCas: originCas(rules, file),
    now,
  };
  return {
    site,
    async send(target, fields) {
      const address = parseAddress(target, site);
      if (address === undefined) throw new UsageError(`${quote(target)} is not a path of the site`);
      let response: ReceivedResponse | undefined;
      const facts = { ...address, method: "GET", fields };
      const traced = await runLive(options, facts, origin, (got) => (response = got));
      if (traced === undefined || response === undefined) {
        throw new CommandFailure(`the proxy refused ${target} before any rule`);
      }
      const { trace } = traced;
      if (trace.origin !== undefined && trace.origin.status === undefined) {
        throw new CommandFailure(`no response from ${origin}${target}`);
      }
      return { answer: trace, response };
    },
  };
}

/** Requests a page, and follows its redirects within the site. */
async function requestPage(target: string, asker: Requester) {
  const { site } = asker;
  let at = target;
  for (let left = MOST_REDIRECTS; ; left--) {
    const { answer, response } = await asker.send(at, [["accept", "text/html, */*;q=0.1"]]);
    const location = response.fields.get("location");
    const next = location === undefined ? null : URL.parse(location, site + at);
    if (left === 0 || next?.origin !== site || response.status < 300 || response.status > 399) {
      return { target: at, answer, response: response.status === 200 ? response : undefined };
    }
    at = next.pathname + next.search;
  }
}

/** The scripts and styles of the site that a page names. */
function assetsIn({ fields, content }: ReceivedResponse, site: string): string[] {
  if (!isHtml(parseMediaType(fields.get("content-type")))) return [];
  return assetsOf(readAuditedPage({ fields, content })).flatMap((address) => {
    const url = URL.parse(address, site);
    return url?.origin === site ? [url.pathname + url.search] : [];
  });
}

function judge(
  { rules: { rules } }: ValidRules,
  target: string,
  { features, answer }: Traced["trace"],
): CheckedResponse {
  const traced = features.find(({ feature }) => feature === compressionFeature.key);
  const last = traced?.decisions.at(-1);
  const reason = last?.detail?.["dictionary"] ?? last?.reason ?? "";
  const index = rules.findIndex(({ name }) => name === traced?.rule);
  const part = traced?.basis === "rule" && index !== -1 ? ["rules", index] : ["defaults"];
  const { status } = answer;
  const told = status === 200 && REPORTED.has(reason) ? reason : undefined;
  return { target, status, reason: told, rule: [...part, compressionFeature.key] };
}

const NONE: CheckedResponse = { target: "", status: 0, reason: undefined, rule: [] };

/** One warning for each reason and rule. */
function warningsOf(responses: readonly CheckedResponse[], { places }: ValidRules): Warning[] {
  const policy = v.parse(compressionOptions, {});
  const groups = Map.groupBy(responses, ({ reason, rule }) => `${reason} ${toPointer(rule)}`);
  return [...groups.values()].flatMap((group) => {
    const [{ reason, target, rule } = NONE] = group;
    if (reason === undefined) return [];
    const more = group.length === 1 ? "" : ` and ${group.length - 1} more`;
    const message = `${visible(target)}${more}: no dictionary: ${remedyOf(reason, policy)}`;
    return [{ pointer: toPointer(rule), ...places.key(rule), code: "no-dictionary", message }];
  });
}
