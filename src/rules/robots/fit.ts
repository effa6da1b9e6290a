import type { Agent } from "../../agent/agent.ts";
import type { Bot } from "../../agent/bots.ts";
import { compileMatch } from "../match.ts";
import type { RuleMatch } from "../schema.ts";

/** Whether a rule applies to requests of a crawler, and the conditions for that besides the page. */
export type Fit = "never" | { readonly doubt: string | undefined };

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
  const fitsAgent = compileMatch({ agent: ofBots });
  return (bot, host) => {
    const agents = agentsOf(bot);
    const at = (sender: Agent) => ({ method: "GET", host, path: "/", query: "", agent: sender });
    if (!agents.some((each) => fits(at(each)))) return "never";
    if (!agents.every((each) => fitsAgent(at(each)))) return { doubt: "it depends on evidence" };
    if (query !== undefined) return { doubt: "it depends on the query" };
    if (unknown !== undefined) return { doubt: `it depends on "${unknown[0]}"` };
    return { doubt: undefined };
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
