import { botOf, hasEvidence, type Agent, type Evidence } from "../agent/agent.ts";
import { compilePathPattern } from "../http/path-pattern.ts";
import { quote } from "./fault.ts";
import type { RequestFacts } from "./match.ts";
import type { AgentMatch, RuleMatch } from "./schema.ts";

/** A part of a rule's `match` that a request does not fit. */
export interface Mismatch {
  readonly part: "path" | "host" | "method" | "evidence" | "agent";
  /** In words, e.g. `path /v1/* does not match /install/`. */
  readonly says: string;
}

/** Every part of a match that the request does not fit; none where the rule matches. */
export function mismatches(match: RuleMatch, facts: RequestFacts): Mismatch[] {
  const found: (Mismatch | undefined)[] = [
    ofPath(match.path, facts.path),
    ofHost(match.host, facts.host),
    ofMethod(match.method, facts.method),
  ];
  if (match.agent !== undefined) {
    found.push(ofEvidence(match.agent, facts.agent), ...ofBot(match.agent, facts.agent));
  }
  return found.filter((each) => each !== undefined);
}

type Wanted = string | readonly string[] | undefined;

function ofPath(wanted: Wanted, path: string): Mismatch | undefined {
  const patterns = list(wanted);
  if (patterns === undefined) return undefined;
  const fits = patterns.some((source) => {
    const compiled = compilePathPattern(source);
    return "pattern" in compiled && compiled.pattern.test(path);
  });
  if (fits) return undefined;
  const says = `path ${either(patterns, String)} does not match ${path}`;
  return { part: "path", says };
}

function ofHost(wanted: Wanted, host: string): Mismatch | undefined {
  const hosts = list(wanted);
  if (hosts === undefined) return undefined;
  const known = new Set(hosts.map((each) => each.toLowerCase()));
  if (known.has(host) || known.has(host.replace(/:\d+$/, ""))) return undefined;
  return { part: "host", says: `host ${host} is not ${either(hosts, String)}` };
}

function ofMethod(wanted: Wanted, method: string): Mismatch | undefined {
  const methods = list(wanted);
  if (methods === undefined || methods.includes(method)) return undefined;
  return { part: "method", says: `method ${method} is not ${either(methods, String)}` };
}

function ofEvidence({ evidence }: AgentMatch, agent: Agent): Mismatch | undefined {
  if (evidence === undefined || hasEvidence(agent, evidence)) return undefined;
  return { part: "evidence", says: `evidence ${evidenceOf(agent)} is less than ${evidence}` };
}

/** The evidence that an agent has, "none" for who has none that counts. */
export function evidenceOf(agent: Agent): Evidence | "none" {
  if (agent.kind === "verified") return agent.evidence;
  return agent.kind === "claimed" ? "claim" : "none";
}

function ofBot(match: AgentMatch, agent: Agent): Mismatch[] {
  const bot = botOf(agent);
  const parts: readonly [string, Wanted, readonly string[]][] = [
    ["name", match.name, bot === undefined ? [] : [bot.name]],
    ["operator", match.operator, bot === undefined ? [] : [bot.operator]],
    ["category", match.category, bot === undefined ? [] : [bot.category]],
    ["behaviour", match.behaviour, bot?.behaviours ?? []],
  ];
  const failing = parts.filter(([, wanted, had]) => {
    const words = list(wanted);
    return words !== undefined && !words.some((each) => had.includes(each));
  });
  return failing.map(([part, wanted, had]) => {
    const words = either(list(wanted) ?? [], quote);
    const has = had.length === 0 ? "none" : either(had, quote, "and");
    const says =
      bot === undefined
        ? `the agent is ${unknown(agent)}; asked for is the ${part} ${words}`
        : `the agent's ${part} is ${has}, not ${words}`;
    return { part: "agent", says };
  });
}

function unknown({ kind }: Agent): string {
  if (kind === "invalid") return "refuted";
  return kind === "verified" ? "in no bot table" : "anonymous";
}

function list(value: Wanted): readonly string[] | undefined {
  return typeof value === "string" ? [value] : value;
}

/** More alternatives than these are counted, not listed. */
const LISTED = 3;

function either(words: readonly string[], show: (word: string) => string, joint = "or"): string {
  const shown = words.slice(0, LISTED).map(show);
  if (words.length === 0) return "(an empty list)";
  if (words.length > LISTED) return `${shown.join(", ")} ${joint} ${words.length - LISTED} more`;
  const last = shown.pop() ?? "";
  return shown.length === 0 ? last : `${shown.join(", ")} ${joint} ${last}`;
}
