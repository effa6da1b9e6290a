import { hasEvidence, type Agent } from "../../agent/agent.ts";
import { urlOfTarget } from "../../http/target.ts";
import type { RedirectAudience } from "./policy.ts";

/** Whether an agent belongs to those whom the rule redirects. */
export type AudienceDecision =
  | { readonly kind: "eligible" }
  | {
      readonly kind: "ineligible";
      readonly reason: "agent-not-verified" | "agent-not-in-audience";
    };

export function decideAudience(agent: Agent, audience: RedirectAudience): AudienceDecision {
  if (agent.kind !== "verified" || !hasEvidence(agent, audience.evidence)) {
    return { kind: "ineligible", reason: "agent-not-verified" };
  }
  const { bot } = agent;
  const included =
    bot !== undefined &&
    (audience.category?.includes(bot.category) ?? true) &&
    bot.behaviours.some((behaviour) => audience.behaviour.includes(behaviour)) &&
    !bot.behaviours.some((behaviour) => audience.exceptBehaviour.includes(behaviour));
  return included ? { kind: "eligible" } : { kind: "ineligible", reason: "agent-not-in-audience" };
}

/** A canonical link as written, and the document's base where it has one. */
export interface CanonicalLink {
  readonly href: string;
  readonly base?: string | undefined;
}

/** Where a page's canonical link leads. */
export type RedirectDecision =
  | { readonly kind: "redirect"; readonly to: string }
  | {
      readonly kind: "declined";
      readonly reason:
        | "no-canonical"
        | "canonical-invalid"
        | "canonicals-conflict"
        | "canonical-cross-origin"
        | "canonical-is-self";
    };

/**
 * Decides from the canonical links that a page names.
 *
 * @param page the page's URL on the public origin, which relative links are resolved against
 * @param links the targets as written, from Link fields and from the head
 * @param originServer the origin server's own origin: what it says of itself is meant publicly
 */
export function decideRedirect(
  page: URL,
  links: readonly CanonicalLink[],
  originServer?: string,
): RedirectDecision {
  const targets = new Set<string>();
  for (const { href, base } of links) {
    const target = resolve(href, base, page);
    if (target === undefined) return { kind: "declined", reason: "canonical-invalid" };
    target.hash = "";
    targets.add(toPublic(target, page, originServer).href);
  }
  const [to, other] = targets;
  if (to === undefined) return { kind: "declined", reason: "no-canonical" };
  if (other !== undefined) return { kind: "declined", reason: "canonicals-conflict" };
  const target = new URL(to);
  if (target.origin !== page.origin) return { kind: "declined", reason: "canonical-cross-origin" };
  const self = new URL(page);
  self.hash = "";
  if (target.href === self.href) return { kind: "declined", reason: "canonical-is-self" };
  return { kind: "redirect", to };
}

function resolve(href: string, base: string | undefined, page: URL): URL | undefined {
  const text = href.trim();
  if (text === "") return undefined;
  const against = base !== undefined && URL.canParse(base, page) ? new URL(base, page) : page;
  if (!URL.canParse(text, against)) return undefined;
  const url = new URL(text, against);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

/** An origin server that does not know its public name writes its own into canonical links. */
function toPublic(target: URL, page: URL, originServer: string | undefined): URL {
  if (originServer === undefined || target.origin !== originServer) return target;
  return urlOfTarget(page.origin, target.pathname + target.search);
}
