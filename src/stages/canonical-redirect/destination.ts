/** What is known to come behind an address. */
export type Step =
  /** Nothing, as far as is known. */
  | { readonly kind: "ends" }
  /** The page names a canonical to which a crawler would be sent. */
  | { readonly kind: "canonical"; readonly to: string }
  /** The origin server itself redirects, for good or for now. */
  | { readonly kind: "moved"; readonly to: string; readonly isLasting: boolean }
  | { readonly kind: "gone" }
  /** The store was not asked yet. */
  | { readonly kind: "unloaded" };

/** An address: what it is compared by, and what comes behind it. */
export interface Stop {
  readonly key: string;
  readonly step: Step;
}

/** Where a crawler is sent so that one redirect is all it meets. */
export type Destination =
  | { readonly kind: "redirect"; readonly to: string; readonly hops: number }
  | {
      readonly kind: "declined";
      readonly reason:
        | "canonical-loop"
        | "canonical-leads-back"
        | "canonical-chain-too-long"
        | "canonical-target-missing"
        | "came-from-canonical";
    }
  /** Ask again once the store was asked for this key. */
  | { readonly kind: "unloaded"; readonly key: string };

/**
 * Follows what is known from a page's canonical to the end of the chain. A page whose chain closes,
 * is too long or ends nowhere stays where it is; so whoever follows redirects ends on a page.
 *
 * @param from what the page itself is compared by
 * @param to its canonical
 * @param cameFrom pages that the crawler may just have been sent from, of which nothing is known
 */
export function decideDestination(
  from: string,
  to: string,
  stopAt: (href: string) => Stop,
  { maxChain, cameFrom }: { readonly maxChain: number; readonly cameFrom: ReadonlySet<string> },
): Destination {
  const seen = new Set([from]);
  let at = to;
  let target = to;
  let isFixed = false;
  /** The last page on the way that would be served if its canonical were not followed. */
  let lastPage = { key: from, href: undefined as string | undefined };
  for (let hops = 1; ; hops++) {
    const { key, step } = stopAt(at);
    if (seen.has(key)) {
      // All that came since then were redirects of the origin server: that page is the canonical.
      if (key === lastPage.key) return endAt(lastPage.href, "canonical-leads-back", hops);
      return { kind: "declined", reason: "canonical-loop" };
    }
    if (cameFrom.has(key)) return { kind: "declined", reason: "came-from-canonical" };
    if (hops > maxChain) return { kind: "declined", reason: "canonical-chain-too-long" };
    seen.add(key);
    if (!isFixed) target = at;
    switch (step.kind) {
      case "unloaded":
        return { kind: "unloaded", key };
      case "ends":
        return { kind: "redirect", to: target, hops };
      case "gone":
        return endAt(lastPage.href, "canonical-target-missing", hops);
      case "moved":
        // RFC 9110 §15.4.3: after a temporary redirect, the address before it stays the right one.
        isFixed ||= !step.isLasting;
        break;
      case "canonical":
        lastPage = { key, href: target };
        break;
    }
    at = step.to;
  }
}

function endAt(
  page: string | undefined,
  reason: "canonical-leads-back" | "canonical-target-missing",
  hops: number,
): Destination {
  return page === undefined
    ? { kind: "declined", reason }
    : { kind: "redirect", to: page, hops: hops - 1 };
}
