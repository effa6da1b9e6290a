import { warnOfOrigins } from "./origin-warnings.ts";
import { accessPathWarner } from "./access-path-warnings.ts";
import { behaviourWarner } from "./behaviour-warnings.ts";
import { claimWarner } from "./claim-warnings.ts";
import { deprecations } from "./deprecations.ts";
import { documentWarner } from "./document-warnings.ts";
import { quote, toPointer, type PathStep, type Warning } from "./fault.ts";
import { matchWarner } from "./match-warnings.ts";
import { openWarner } from "./open-warnings.ts";
import { orderWarner } from "./order-warnings.ts";
import { policyWarner } from "./policy-warnings.ts";
import { warnOfSiteDocuments } from "./site-documents.ts";
import {
  NEEDS_HOPS,
  RUNTIMES,
  warnOfFront,
  warnOfRuntime,
  type RuntimeName,
} from "./runtime-warnings.ts";
import type { RulesFile } from "./schema.ts";
import { evasionWarner } from "./verdict-warnings.ts";
import type { ValidRules, Warn } from "./warn.ts";

/** Names that logs use for decisions which no rule made. */
const RESERVED = new Set(["defaults", "built-in"]);

/**
 * Lists what the rules allow but most likely do not intend, in the order of the file.
 *
 * @param runtimes the runtimes that the rules are for @default all of them
 * @param now milliseconds since the epoch @default the time of the call
 */
export function findWarnings(
  read: ValidRules,
  runtimes: readonly RuntimeName[] = RUNTIMES,
  now = Date.now(),
): Warning[] {
  return findRemarks(read, runtimes, now).warnings;
}

/** As `findWarnings`, with notes: facts about the rules that an operator may want to know. */
export function findRemarks(
  read: ValidRules,
  runtimes: readonly RuntimeName[] = RUNTIMES,
  now = Date.now(),
): { readonly warnings: Warning[]; readonly notes: Warning[] } {
  const warnings: Warning[] = [];
  const notes: Warning[] = [];
  const warn: Warn = (path, code, message) => {
    warnings.push({ pointer: toPointer(path), ...read.places.key(path), code, message });
  };
  const note: Warn = (path, code, message) => {
    notes.push({ pointer: toPointer(path), ...read.places.key(path), code, message });
  };
  const { rules, defaults, agents } = read.rules;
  const names = new Set<string>();
  const warnOfMatch = matchWarner(read, warn);
  const warnOfAccessPaths = accessPathWarner(read.rules, read.features, warn);
  const warnOfDocuments = documentWarner(read, warn);
  const warnOfOrder = orderWarner(read, warn);
  const warnOfPolicies = policyWarner(read, runtimes, warn);
  const warnOfClaims = claimWarner(read, runtimes, warn);
  const warnOfBehaviours = behaviourWarner(read, warn, note);
  const warnOfEvasion = evasionWarner(read.features, warn);
  const warnOfOpen = openWarner(read.features, warn);
  for (const [index, rule] of rules.entries()) {
    const path = ["rules", index];
    warnOfName(rule.name, names, path, warn);
    warnOfMatch(rule, path);
    warnOfAccessPaths(rule, path);
    warnOfDocuments(rule, path);
    warnOfOrder(rule, index, path);
    warnOfPolicies(rule, path);
    warnOfClaims(rule, index, path);
    warnOfBehaviours(rule, path);
    warnOfEvasion(rule, path);
    warnOfOpen(rule, path);
  }
  warnOfPolicies({ ...defaults, match: {} }, ["defaults"]);
  warnings.push(...deprecations(read));
  warnOfSiteDocuments(read, now, warn);
  warnOfOrigins(read, warn);
  // On Workers the origin server always gets its own host.
  if (runtimes.includes("node")) warnOfHosts(read.rules, warn);
  if (agents.allowTestKeys) {
    const message = "anyone can sign with a published test key; not for production";
    warn(["agents", "allowTestKeys"], "test-keys", message);
  }
  for (const name of Object.keys(agents.keys)) {
    if (read.bots.some((bot) => bot.name === name)) continue;
    const message = `the bot table has no ${quote(name)}; add it to "agents.bots", or rules can't name it`;
    warn(["agents", "keys", name], "unknown-agent", message);
  }
  if (read.rules.admin.authProxy !== undefined && agents.trustedProxyHops === 0) {
    warn(["admin", "authProxy"], "runtime", NEEDS_HOPS);
  }
  for (const runtime of runtimes) warnOfRuntime(runtime, read, warn);
  // Rules for either runtime would all need this key, and on Workers it means something else.
  if (runtimes.every((runtime) => runtime === "node")) warnOfFront(read, warn);
  warnings.sort((a, b) => a.line - b.line || a.column - b.column);
  return { warnings, notes };
}

/** Warns if the origin server gets the client's host: each invented host is a site of its own. */
function warnOfHosts({ originHost, hosts, publicOrigin }: RulesFile, warn: Warn): void {
  if (originHost !== "public" || hosts !== undefined || publicOrigin !== undefined) return;
  const message =
    'on Node, each host that a client invents is a site of its own; list the hosts in "hosts", or set "publicOrigin"';
  warn(["originHost"], "hosts-unlisted", message);
}

function warnOfName(name: string, names: Set<string>, path: readonly PathStep[], warn: Warn): void {
  const at = [...path, "name"];
  if (names.has(name)) {
    const message = `another rule is named ${quote(name)}; logs can't tell them apart`;
    warn(at, "duplicate-name", message);
  } else if (RESERVED.has(name)) {
    const message = `logs write ${quote(name)} if no rule decides; choose another name`;
    warn(at, "duplicate-name", message);
  }
  names.add(name);
}
