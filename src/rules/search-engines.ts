import type { Agent } from "../agent/agent.ts";
import type { Bot } from "../agent/bots.ts";
import { decideAudience } from "../stages/canonical-redirect/audience.ts";
import type { RedirectAudience } from "../stages/canonical-redirect/policy.ts";
import { compileMatch } from "./match.ts";
import type { AgentMatch } from "./schema.ts";

/** The bots of search engines that an audience takes in, once they are verified. */
export function searchEnginesHit(
  audience: RedirectAudience,
  match: AgentMatch | undefined,
  bots: readonly Bot[],
): readonly Bot[] {
  const matches = compileMatch(match === undefined ? {} : { agent: match });
  return bots.filter((bot) => {
    if (!bot.behaviours.includes("Search")) return false;
    const agent: Agent = { kind: "verified", bot, evidence: "signature" };
    return (
      decideAudience(agent, audience).kind === "eligible" &&
      matches({ method: "GET", host: "", path: "/", agent })
    );
  });
}
