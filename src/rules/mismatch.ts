import { botOf, verdictsOf, type Agent, type Evidence } from "../agent/agent.ts";
import { quote } from "./fault.ts";
import {
  compileEvidence,
  compileExcept,
  compileMatch,
  exceptedBehaviours,
  type FoldPattern,
  type Matcher,
  type MatchFacts,
} from "./match.ts";
import type { AgentMatch, RuleMatch } from "./schema.ts";

/** One condition of a rule's `match` that a request does not meet. */
interface Mismatch {
  readonly part:
    | "path"
    | "host"
    | "query"
    | "method"
    | "evidence"
    | "agent"
    | "verdict"
    | "address"
    | "country";
  /** The mismatch in words, e.g. `path /v1/* does not match /install/`. */
  readonly says: string;
}

/** Lists the conditions of a match that the request does not meet; none if the rule matches. */
export function mismatches(match: RuleMatch, facts: MatchFacts, fold?: FoldPattern): Mismatch[] {
  return partsOf(match, fold)
    .filter(({ fits }) => !fits(facts))
    .map(({ part, says }) => ({ part, says: says(facts) }));
}

/** Whether a request meets every condition of a match. */
export function fitsAll(match: RuleMatch, facts: MatchFacts, fold?: FoldPattern): boolean {
  return partsOf(match, fold).every(({ fits }) => fits(facts));
}

/** One condition, compiled as a match of its own: explanation and decision use the same code. */
interface Part {
  readonly part: Mismatch["part"];
  readonly fits: Matcher;
  readonly says: (facts: MatchFacts) => string;
}

const known = new WeakMap<RuleMatch, readonly Part[]>();

/** Cached by match: all matches of one file are folded alike. */
function partsOf(match: RuleMatch, fold: FoldPattern | undefined): readonly Part[] {
  let parts = known.get(match);
  if (parts === undefined) {
    parts = compileParts(match, fold);
    known.set(match, parts);
  }
  return parts;
}

function compileParts(
  { path, host, query, method, agent = {} }: RuleMatch,
  fold: FoldPattern | undefined,
): Part[] {
  const parts: Part[] = [];
  const add = (part: Part["part"], match: RuleMatch, says: Part["says"]): void => {
    parts.push({ part, fits: compileMatch(match, fold), says });
  };
  if (path !== undefined) {
    add("path", { path }, (facts) => `path ${either(path)} does not match ${facts.path}`);
  }
  if (host !== undefined) {
    add("host", { host }, (facts) => `host ${facts.host} is not ${either(host)}`);
  }
  if (query !== undefined) {
    // The values in a request may be secret.
    add("query", { query }, () => `the query has not ${parametersOf(query)}`);
  }
  if (method !== undefined) {
    add("method", { method }, (facts) => `method ${facts.method} is not ${either(method)}`);
  }
  const suffices = compileEvidence(agent);
  if (suffices !== undefined) {
    const says: Part["says"] = (facts) =>
      `evidence ${evidenceOf(facts.agent)} is less than ${agent.evidence}`;
    parts.push({ part: "evidence", fits: (facts) => suffices(facts.agent), says });
  }
  for (const part of ["name", "operator", "category", "behaviour"] as const) {
    const wanted = agent[part];
    if (wanted === undefined) continue;
    // The default of exceptBehaviour is a part of its own.
    const own = { [part]: wanted, exceptBehaviour: [] };
    add("agent", { agent: own }, (facts) => saysOfBot(part, wanted, facts.agent));
  }
  parts.push(...otherParts(agent));
  return parts;
}

/** The conditions on behaviours that leave an agent out, on the verdict and on the client. */
function otherParts(agent: AgentMatch): Part[] {
  const parts: Part[] = [];
  const isExcepted = compileExcept(agent);
  if (isExcepted !== undefined) {
    const excepted = exceptedBehaviours(agent);
    const says: Part["says"] = (facts) =>
      `the agent has a behaviour that the rule leaves out: ${either(excepted, quote)} (${botOf(facts.agent)?.name})`;
    parts.push({ part: "agent", fits: (facts) => !isExcepted(facts.agent), says });
  }
  for (const part of ["verdict", "address", "country"] as const) {
    const wanted = agent[part];
    if (wanted === undefined) continue;
    const fits = compileMatch({ agent: { [part]: wanted } });
    parts.push({ part, fits, says: (facts) => saysOfClient(part, wanted, facts) });
  }
  return parts;
}

function saysOfClient(
  part: "verdict" | "address" | "country",
  wanted: string | readonly string[],
  { agent, client }: MatchFacts,
): string {
  const words = either(wanted);
  if (part === "verdict") {
    return `the verdict on the agent is ${either(verdictsOf(agent), String, "and")}, not ${words}`;
  }
  const { address, country } = client?.() ?? {};
  if (part === "country") return `the client's country is ${country ?? "not known"}, not ${words}`;
  return address === undefined
    ? "the client's address is not known"
    : `the client's address is not in ${words}`;
}

function parametersOf(query: NonNullable<RuleMatch["query"]>): string {
  if (typeof query === "string" || Array.isArray(query)) return either(query);
  const pairs = Object.entries(query as Readonly<Record<string, string | readonly string[]>>);
  return either(
    pairs.map(([name, values]) => `${name}=${either(values)}`),
    String,
    "and",
  );
}

function saysOfBot(
  part: "name" | "operator" | "category" | "behaviour",
  wanted: string | readonly string[],
  agent: Agent,
): string {
  const bot = botOf(agent);
  const words = either(wanted, quote);
  if (bot === undefined)
    return `the agent is ${unknown(agent)}, and the rule requires the ${part} ${words}`;
  const had = part === "behaviour" ? bot.behaviours : [bot[part]];
  const has = had.length === 0 ? "none" : either(had, quote, "and");
  return `the agent's ${part} is ${has}, not ${words}`;
}

/** The evidence for an agent; "none" if none counts. */
function evidenceOf(agent: Agent): Evidence | "none" {
  if (agent.kind === "verified") return agent.evidence;
  return agent.kind === "claimed" ? "claim" : "none";
}

function unknown({ kind }: Agent): string {
  if (kind === "invalid") return "refuted";
  return kind === "verified" ? "in no bot table" : "anonymous";
}

/** Alternatives that a message lists; it counts the others. */
const LISTED = 3;

function either(
  wanted: string | readonly string[],
  show: (word: string) => string = String,
  joint = "or",
): string {
  const words = [wanted].flat();
  const shown = words.slice(0, LISTED).map((word) => show(word));
  if (words.length === 0) return "(an empty list)";
  if (words.length > LISTED) return `${shown.join(", ")} ${joint} ${words.length - LISTED} more`;
  const last = shown.pop() ?? "";
  return shown.length === 0 ? last : `${shown.join(", ")} ${joint} ${last}`;
}
