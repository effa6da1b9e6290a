import type { Agent } from "../agent/agent.ts";
import type { EffectivePolicy, FeatureName } from "../pipeline/policy.ts";

/** Access to the policies of other pages and features, for a feature whose response depends on them. */
export interface PolicyView {
  /** The policy of a feature for an agent's GET request for a page. */
  readonly policyAt: (feature: FeatureName, page: URL, agent: Agent) => EffectivePolicy;
  /** Whether no rule can refuse a target (in origin-form); only such targets may appear in lists. */
  readonly isOpen: (host: string, target: string) => boolean;
  /** Whether the rules list a host; undefined if they list none. */
  readonly isListedHost: (host: string) => boolean | undefined;
  /** Whether everyone can get another form of a page at its own URL. */
  readonly hasAlternate: (page: URL, mediaType: string) => boolean;
}
