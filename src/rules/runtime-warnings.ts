import { isListFile, splitListSource } from "../agent/list-source.ts";
import { quote, type PathStep } from "./fault.ts";
import { botsMatched, namesBots } from "./match.ts";
import { provability } from "./provable.ts";
import type { ValidRules, Warn } from "./warn.ts";

/** The runtimes that rules are for. */
export type RuntimeName = "workers" | "node";

export const RUNTIMES: readonly RuntimeName[] = ["workers", "node"];

/** Warns of keys that have no effect, or cannot work, on one runtime. */
export function warnOfRuntime(runtime: RuntimeName, read: ValidRules, warn: Warn): void {
  if (runtime === "workers") warnOfWorkers(read, warn);
  else warnOfNode(read, warn);
  warnOfCountries(runtime, read, warn);
}

/** The message about a field of a proxy in front, if the rules trust none. */
export const NEEDS_HOPS =
  'it has no effect without "trustedProxyHops": any client could write the field';

/** Warns of rules for countries if nothing that is trusted states the client's country. */
function warnOfCountries(runtime: RuntimeName, { rules: file }: ValidRules, warn: Warn): void {
  const { countryField, trustedProxyHops } = file.agents;
  if (runtime === "node" && countryField !== undefined && trustedProxyHops === 0) {
    warn(["agents", "countryField"], "runtime", NEEDS_HOPS);
  }
  const isStated = trustedProxyHops > 0 ? countryField !== undefined : runtime === "workers";
  if (isStated) return;
  const why =
    runtime === "node"
      ? 'on Node, nothing states the client\'s country: set "agents.countryField" and "trustedProxyHops" for a proxy in front that does'
      : 'on Workers, with a proxy in front nothing states the client\'s country: set "agents.countryField"';
  for (const [i, { match }] of file.rules.entries()) {
    if (match.agent?.country === undefined) continue;
    warn(["rules", i, "match", "agent", "country"], "runtime", why);
  }
}

/** The keys that work differently on Workers. */
const ON_WORKERS = {
  originHost: 'the origin server always gets its own host; "X-Forwarded-Host" has the public one',
  originCa: "it has no effect: Cloudflare decides which authorities are trusted",
  "timeouts.connect": "it has no effect: timeouts.head includes the time to connect",
  "timeouts.idle":
    "it has no effect on content that no feature reads: the network forwards that without the Worker",
  "paths.dotSegments":
    "it has no effect: a Worker always resolves dot segments before it forwards a request",
  "agents.bots":
    'a deployed Worker reads no file but "./bots.jsonc", which is bundled; write the table as a list here',
  "agents.ownDirectory": "the keys come from the secret AGENT_KEYS, not from a file",
  "agents.ipRanges.refresh":
    "it has no effect: the cron trigger decides when the Worker downloads the lists",
};

/** The keys of an entry in `origins` that work differently on Workers. */
const OF_ORIGIN_ON_WORKERS = {
  host: ON_WORKERS.originHost,
  ca: ON_WORKERS.originCa,
  "timeouts.connect": "it only adds to the time of all attempts: head includes the time to connect",
  "timeouts.idle": ON_WORKERS["timeouts.idle"],
};

function warnOfWorkers({ rules: file, places }: ValidRules, warn: Warn): void {
  const tell = (path: readonly PathStep[], message: string): void =>
    warn(path, "runtime", `on Workers, ${message}`);
  const { agents, originHost, paths } = file;
  const { bots, ownDirectory } = agents;
  const isHarmless: Readonly<Record<string, boolean>> = {
    originHost: originHost === "origin",
    "paths.dotSegments": paths.dotSegments === "resolve",
    "agents.bots": typeof bots !== "string" || bots === "./bots.jsonc",
    "agents.ownDirectory": typeof ownDirectory !== "string",
  };
  for (const [key, message] of Object.entries(ON_WORKERS)) {
    const path = key.split(".");
    if (places.has(path) && isHarmless[key] !== true) tell(path, message);
  }
  for (const [name, entry] of Object.entries(file.origins)) {
    for (const [key, message] of Object.entries(OF_ORIGIN_ON_WORKERS)) {
      const path = ["origins", name, ...key.split(".")];
      const isHarmless = key === "host" && typeof entry === "object" && entry.host === "origin";
      if (places.has(path) && !isHarmless) tell(path, message);
    }
  }
  for (const [i, { ipRanges }] of (typeof bots === "object" ? bots : []).entries()) {
    for (const [k, source] of ipRanges.entries()) {
      if (!isListFile(source)) continue;
      const path = ["agents", "bots", i, "ipRanges", k];
      const { location } = splitListSource(source);
      tell(path, `a deployed Worker reads the list ${quote(location)} from the variable IP_RANGES`);
    }
  }
}

/** Warns of evidence that none of a rule's bots can have; on Workers the network may vouch. */
function warnOfNode({ rules: file, bots }: ValidRules, warn: Warn): void {
  const canProve = provability(bots, file.agents, false);
  for (const [i, { match }] of file.rules.entries()) {
    const { agent } = match;
    if (agent?.evidence === undefined || !namesBots(agent)) continue;
    const { evidence, ...rest } = agent;
    const matched = botsMatched(rest, bots);
    if (matched.length === 0 || matched.some((bot) => canProve(bot, evidence))) continue;
    const message = `on Node, nothing in the table proves any of these bots by ${quote(evidence)}`;
    warn(["rules", i, "match", "agent", "evidence"], "runtime", message);
  }
}

/** Warns of https without `trustedProxyHops` on Node; a stated 0 causes no warning. */
export function warnOfFront({ rules: file, places }: ValidRules, warn: Warn): void {
  if (file.publicOrigin?.startsWith("https:") !== true) return;
  if (places.has(["agents", "trustedProxyHops"])) return;
  warn(
    ["publicOrigin"],
    "runtime",
    "on Node, a server in front does TLS: without agents.trustedProxyHops all clients seem to have that server's address; set it, or set 0 if that server does not name the client",
  );
}
