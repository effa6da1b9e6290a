import type { FeatureList } from "../feature/define.ts";

/** What a proxy does while no good rules are there. */
export type Unruled =
  /** The rules that can't be read were to refuse somebody: nobody gets anything but robots.txt. */
  | "closed"
  /** They were not: requests pass as if there were no rules. */
  | "open";

/**
 * Decides by a text that has faults: the key of a feature that takes something away, however it is
 * written, closes.
 */
export function decideUnruled(text: string, features: FeatureList): Unruled {
  const guards = features.filter((feature) => feature.strictness !== undefined);
  const keys = guards.flatMap(({ key, formerKey = [] }) => [key, formerKey].flat());
  return keys.some((key) => new RegExp(`\\b${key}["']?\\s*:`).test(text)) ? "closed" : "open";
}

/** Whether a request target is answered even while the proxy is closed. */
export function isAlwaysOpen(target: string): boolean {
  return /^\/robots\.txt(?:\?|$)/.test(target);
}
