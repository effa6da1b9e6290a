import { botOf, type Agent, type Evidence } from "../agent/agent.ts";
import { quote } from "./fault.ts";
import { compileMatch, type RequestFacts } from "./match.ts";
import type { AgentMatch, RuleMatch } from "./schema.ts";

/** A part of a rule's `match` that a request does not fit. */
export interface Mismatch {
  readonly part: "path" | "host" | "method" | "evidence" | "agent";
  /** In words, e.g. `path /v1/* does not match /install/`. */
  readonly says: string;
}

/** Every part of a match that the request does not fit; none where the rule matches. */
export function mismatches(match: RuleMatch, facts: RequestFacts): Mismatch[] {
  const { path, host, method, agent } = match;
  const { path: asked, host: at, method: by } = facts;
  const found: Mismatch[] = [];
  // Each part is tried as a match of its own, so that what is told is what is done.
  const fits = (part: RuleMatch): boolean => compileMatch(part)(facts);
  if (path !== undefined && !fits({ path })) {
    found.push({ part: "path", says: `path ${either(path)} does not match ${asked}` });
  }
  if (host !== undefined && !fits({ host })) {
    found.push({ part: "host", says: `host ${at} is not ${either(host)}` });
  }
  if (method !== undefined && !fits({ method })) {
    found.push({ part: "method", says: `method ${by} is not ${either(method)}` });
  }
  return agent === undefined ? found : [...found, ...ofAgent(agent, facts, fits)];
}

function ofAgent(
  { evidence, ...bot }: AgentMatch,
  { agent }: RequestFacts,
  fits: (part: RuleMatch) => boolean,
): Mismatch[] {
  const found: Mismatch[] = [];
  if (evidence !== undefined && !fits({ agent: { evidence } })) {
    const says = `evidence ${evidenceOf(agent)} is less than ${evidence}`;
    found.push({ part: "evidence", says });
  }
  for (const part of ["name", "operator", "category", "behaviour"] as const) {
    const wanted = bot[part];
    if (wanted === undefined || fits({ agent: { [part]: wanted } })) continue;
    found.push({ part: "agent", says: saysOfBot(part, wanted, agent) });
  }
  return found;
}

function saysOfBot(
  part: "name" | "operator" | "category" | "behaviour",
  wanted: string | readonly string[],
  agent: Agent,
): string {
  const bot = botOf(agent);
  const words = either(wanted, quote);
  if (bot === undefined) return `the agent is ${unknown(agent)}; asked for is the ${part} ${words}`;
  const had = part === "behaviour" ? bot.behaviours : [bot[part]];
  const has = had.length === 0 ? "none" : either(had, quote, "and");
  return `the agent's ${part} is ${has}, not ${words}`;
}

/** The evidence that an agent has, "none" for who has none that counts. */
export function evidenceOf(agent: Agent): Evidence | "none" {
  if (agent.kind === "verified") return agent.evidence;
  return agent.kind === "claimed" ? "claim" : "none";
}

function unknown({ kind }: Agent): string {
  if (kind === "invalid") return "refuted";
  return kind === "verified" ? "in no bot table" : "anonymous";
}

/** More alternatives than these are counted, not listed. */
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
