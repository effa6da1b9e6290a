import type { Agent } from "../agent/agent.ts";
import type { EffectivePolicy, FeatureName } from "../pipeline/policy.ts";

/** The policies for other pages and features, for a feature whose response depends on them. */
export interface PolicyView {
  /** What applies to a feature if an agent requests a page with GET. */
  readonly policyAt: (feature: FeatureName, page: URL, agent: Agent) => EffectivePolicy;
  /** Whether nobody can be refused what is at a target in origin-form: only then it may be told to all. */
  readonly isOpen: (host: string, target: string) => boolean;
  /** Whether the rules list a host; undefined if they list none. */
  readonly isListedHost: (host: string) => boolean | undefined;
  /** Whether everyone gets a page of the site in another form at an address of its own. */
  readonly hasAlternate: (page: URL, mediaType: string) => boolean;
}
