import { hasEvidence, type Agent } from "../../agent/agent.ts";
import type { RedirectAudience } from "./policy.ts";

/** Whether the rule redirects an agent. */
type AudienceDecision =
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

/** Whether the rule redirects a bot once it is verified. */
export function includesBot(
  { category, behaviour, exceptBehaviour }: RedirectAudience,
  bot: { readonly category: string; readonly behaviours: readonly string[] },
): boolean {
  const has = (wanted: readonly string[]): boolean =>
    bot.behaviours.some((each) => wanted.includes(each));
  if (category !== undefined && !(category as readonly string[]).includes(bot.category)) {
    return false;
  }
  // A crawler with several behaviours is exempt if one of them is.
  return has(behaviour) && !has(exceptBehaviour);
}
