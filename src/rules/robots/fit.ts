import type { Agent } from "../../agent/agent.ts";
import type { Bot } from "../../agent/bots.ts";
import { compileMatch } from "../match.ts";
import type { RuleMatch } from "../schema.ts";

/** Whether a rule applies to requests of a crawler, and the conditions for that besides the page. */
export type Fit =
  | "never"
  | {
      /** A condition that no line can tell; undefined if there is none. */
      readonly doubt: string | undefined;
      /** Such a condition on other than the agent. */
      readonly dependence: string | undefined;
      /** The numbers of those of `agentsOf` to which the rule applies. */
      readonly ways: readonly number[];
    };

/** The conditions on agents that depend on the bot and its evidence only. */
const ABOUT_BOTS = new Set([
  "name",
  "operator",
  "category",
  "behaviour",
  "exceptBehaviour",
  "evidence",
  "verdict",
]);

/**
 * Compiles the test whether a rule applies to the requests of a crawler for pages on a host; undefined
 * is any crawler that no table has.
 */
export function compileFit({
  host: hosts,
  method,
  query,
  agent,
  path: _path,
  ...others
}: RuleMatch): (bot: Bot | undefined, host: string) => Fit {
  const known = Object.entries(agent ?? {}).filter(([key]) => ABOUT_BOTS.has(key));
  const ofBots = agent && Object.fromEntries(known);
  const unknown = [
    ...Object.entries(others),
    ...Object.entries(agent ?? {}).filter(([key]) => !ABOUT_BOTS.has(key)),
  ].find(([, value]) => value !== undefined);
  const fits = compileMatch({ host: hosts, method, agent: ofBots });
  const ofOthers = unknown && `it depends on "${unknown[0]}"`;
  const dependence = query === undefined ? ofOthers : "it depends on the query";
  return (bot, host) => {
    const agents = agentsOf(bot);
    const at = (sender: Agent) => ({ method: "GET", host, path: "/", query: "", agent: sender });
    const ways = agents.flatMap((each, i) => (fits(at(each)) ? [i] : []));
    if (ways.length === 0) return "never";
    const doubt = ways.length < agents.length ? "it depends on evidence" : dependence;
    return { doubt, dependence, ways };
  };
}

/** The ways in which requests of a crawler can be identified. */
export function agentsOf(bot: Bot | undefined): readonly Agent[] {
  if (bot === undefined) {
    const signed = {
      kind: "verified",
      bot,
      evidence: "signature",
      signatureAgent: "https://a.example",
    };
    return [{ kind: "anonymous" }, signed as Agent];
  }
  const kinds = ["ip-range", "reverse-dns", "signature"] as const;
  return [
    { kind: "claimed", bot, reason: "unsigned" },
    ...kinds.map((evidence): Agent => ({ kind: "verified", bot, evidence })),
  ];
}
