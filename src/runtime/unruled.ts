import type { FeatureList } from "../feature/define.ts";

/** The behaviour of a proxy without valid rules. */
export type Unruled =
  /** The faulty rules refuse somebody: all requests except those for robots.txt get 503. */
  | "closed"
  /** The faulty rules refuse nobody: requests pass as if there were no rules. */
  | "open";

/** Decides by the faulty text: closed if it has the key of a feature that can refuse requests. */
export function decideUnruled(text: string, features: FeatureList): Unruled {
  const guards = features.filter((feature) => feature.strictness !== undefined);
  const keys = guards.flatMap(({ key, formerKey = [] }) => [key, formerKey].flat());
  return keys.some((key) => new RegExp(`\\b${key}["']?\\s*:`).test(text)) ? "closed" : "open";
}

/** Whether a closed proxy forwards requests for this target. */
export function isAlwaysOpen(target: string): boolean {
  return /^\/robots\.txt(?:\?|$)/.test(target);
}
