/** What is known to come behind an address. */
export type NextHop =
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
export interface ChainAddress {
  readonly key: string;
  readonly step: NextHop;
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
  stopAt: (href: string) => ChainAddress,
  { maxChain, cameFrom }: { readonly maxChain: number; readonly cameFrom: ReadonlySet<string> },
): Destination {
  const way: Waypoint[] = [{ key: from, isPage: true, href: undefined }];
  let at = to;
  let target = to;
  let isFixed = false;
  for (let hops = 1; ; hops++) {
    const { key, step } = stopAt(at);
    const first = way.findIndex((before) => before.key === key);
    if (first !== -1) {
      const pages = way.slice(first).filter(({ isPage }) => isPage);
      // A page whose canonical the origin server sends back to it is the canonical itself.
      if (pages.length === 1) return endAt(pages[0], "canonical-leads-back", hops);
      return { kind: "declined", reason: "canonical-loop" };
    }
    if (cameFrom.has(key)) return { kind: "declined", reason: "came-from-canonical" };
    if (hops > maxChain) return { kind: "declined", reason: "canonical-chain-too-long" };
    if (!isFixed) target = at;
    switch (step.kind) {
      case "unloaded":
        return { kind: "unloaded", key };
      case "ends":
        return { kind: "redirect", to: target, hops };
      case "gone":
        return endAt(
          way.findLast(({ isPage }) => isPage),
          "canonical-target-missing",
          hops,
        );
      case "moved":
        // RFC 9110 §15.4.3: after a temporary redirect, the address before it stays the right one.
        isFixed ||= !step.isLasting;
        break;
      case "canonical":
        isFixed = false;
        break;
    }
    way.push({ key, isPage: step.kind === "canonical", href: target });
    at = step.to;
  }
}

/** An address on the way: a page, which is served where its canonical is not followed, or not. */
interface Waypoint {
  readonly key: string;
  readonly isPage: boolean;
  /** How to get there; undefined for where the way begins. */
  readonly href: string | undefined;
}

function endAt(
  page: Waypoint | undefined,
  reason: "canonical-leads-back" | "canonical-target-missing",
  hops: number,
): Destination {
  return page?.href === undefined
    ? { kind: "declined", reason }
    : { kind: "redirect", to: page.href, hops };
}
