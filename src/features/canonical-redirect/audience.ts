import { hasEvidence, type Agent } from "../../agent/agent.ts";
import type { RedirectAudience } from "./policy.ts";

/** Whether an agent is one of those that the rule redirects. */
export type AudienceDecision =
  | { readonly kind: "eligible" }
  | {
      readonly kind: "ineligible";
      readonly reason: "agent-not-verified" | "agent-not-in-audience";
    };

const ELIGIBLE: AudienceDecision = { kind: "eligible" };

/** Decides from the agent's proven identity, never from its own claims. */
export function decideAudience(agent: Agent, audience: RedirectAudience): AudienceDecision {
  if (agent.kind !== "verified" || !hasEvidence(agent, audience.evidence)) {
    return { kind: "ineligible", reason: "agent-not-verified" };
  }
  const { bot } = agent;
  return bot !== undefined && includesBot(audience, bot)
    ? ELIGIBLE
    : { kind: "ineligible", reason: "agent-not-in-audience" };
}

/** Whether a bot, once verified, is one of those that the rule redirects. */
export function includesBot(
  { category, behaviour, exceptBehaviour }: RedirectAudience,
  bot: { readonly category: string; readonly behaviours: readonly string[] },
): boolean {
  const has = (wanted: readonly string[]): boolean =>
    bot.behaviours.some((each) => wanted.includes(each));
  if (category !== undefined && !(category as readonly string[]).includes(bot.category)) {
    return false;
  }
  // Multi-purpose crawlers have several behaviours: one excepted behaviour exempts the crawler.
  return has(behaviour) && !has(exceptBehaviour);
}
