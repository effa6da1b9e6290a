import { quote, type PathStep } from "./fault.ts";
import { botsMatched } from "./match.ts";
import { namesBots } from "./match-warnings.ts";
import { provability } from "./provable.ts";
import type { ValidRules, Warn } from "./warn.ts";

/** The runtimes that rules are for. */
export type RuntimeName = "workers" | "node";

export const RUNTIMES: readonly RuntimeName[] = ["workers", "node"];

/** Warns of what has no effect, or cannot work, in one runtime. */
export function warnOfRuntime(runtime: RuntimeName, read: ValidRules, warn: Warn): void {
  if (runtime === "workers") warnOfWorkers(read, warn);
  else warnOfNode(read, warn);
}

const ON_WORKERS = "on Workers";

function warnOfWorkers({ rules: file, places }: ValidRules, warn: Warn): void {
  const tell = (path: readonly PathStep[], message: string): void =>
    warn(path, "runtime", `${ON_WORKERS}, ${message}`);
  const { agents, originHost, originCa } = file;
  if (originHost === "public") {
    tell(
      ["originHost"],
      'the origin gets its own host all the same; "X-Forwarded-Host" names the public one',
    );
  }
  if (originCa !== undefined) {
    tell(["originCa"], "it has no effect: Cloudflare decides which authorities are trusted");
  }
  if (places.has(["timeouts", "connect"])) {
    tell(["timeouts", "connect"], "it has no effect: connecting counts as a part of timeouts.head");
  }
  if (places.has(["timeouts", "idle"])) {
    tell(
      ["timeouts", "idle"],
      "it has no effect on content that no feature reads: the network passes that on by itself",
    );
  }
  if (file.paths.dotSegments === "as-received") {
    tell(
      ["paths", "dotSegments"],
      "dot segments are resolved in any case before a request goes on",
    );
  }
  if (typeof agents.bots === "string" && agents.bots !== "./bots.jsonc") {
    tell(
      ["agents", "bots"],
      'a deployed Worker reads no file but "./bots.jsonc", which is bundled; write the table as a list here',
    );
  }
  if (typeof agents.ownDirectory === "string") {
    tell(["agents", "ownDirectory"], "the keys come from the secret AGENT_KEYS, not from a file");
  }
  if (places.has(["agents", "ipRanges", "refresh"])) {
    tell(["agents", "ipRanges", "refresh"], "the cron trigger says how often lists are fetched");
  }
  if (Array.isArray(agents.bots)) {
    for (const [i, { ipRanges }] of agents.bots.entries()) {
      for (const [k, source] of ipRanges.entries()) {
        if (!isFile(source)) continue;
        const path = ["agents", "bots", i, "ipRanges", k];
        tell(path, `a deployed Worker takes the list ${quote(source)} from the variable IP_RANGES`);
      }
    }
  }
}

function isFile(source: string): boolean {
  return !source.includes("://") && !/^[\d.:a-f]+(?:\/\d+)?$/i.test(source);
}

/** On Workers the network may vouch for any bot; on Node only the table says what proves one. */
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

/**
 * Warns of what only rules that are surely for Node should say. A server in front does TLS; an explicit
 * 0 says that it names no client.
 */
export function warnOfFront({ rules: file, places }: ValidRules, warn: Warn): void {
  if (file.publicOrigin?.startsWith("https:") !== true) return;
  if (places.has(["agents", "trustedProxyHops"])) return;
  warn(
    ["publicOrigin"],
    "runtime",
    "on Node, https is for a server in front: without agents.trustedProxyHops every client has that server's address; set it, to 0 if the server names no client",
  );
}
