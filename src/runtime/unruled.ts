/** What a proxy does while no good rules are there. */
export type Unruled =
  /** The rules that can't be read were to refuse somebody: nobody gets anything but robots.txt. */
  | "closed"
  /** They were not: requests pass as if there were no rules. */
  | "open";

/** Decides by texts that have faults: a key `access` in any of them, however it is written, closes. */
export function decideUnruled(texts: readonly string[]): Unruled {
  return texts.some((text) => /\baccess["']?\s*:/.test(text)) ? "closed" : "open";
}

/** Whether a request target is answered even while the proxy is closed. */
export function isAlwaysOpen(target: string): boolean {
  return /^\/robots\.txt(?:\?|$)/.test(target);
}
