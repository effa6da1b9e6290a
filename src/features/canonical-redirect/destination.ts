/** The known next step after an address. */
export type NextHop =
  /** No step is known. */
  | { readonly kind: "ends" }
  /** The page names a canonical to which a crawler would be sent. */
  | { readonly kind: "canonical"; readonly to: string }
  /** The origin server itself redirects, for good or for now. */
  | { readonly kind: "moved"; readonly to: string; readonly isLasting: boolean }
  | { readonly kind: "gone" }
  /** The store was not read yet. */
  | { readonly kind: "unloaded" };

/** An address: the key by which it is compared, and its next step. */
export interface ChainAddress {
  readonly key: string;
  readonly step: NextHop;
}

/** The address to which a crawler is redirected, so that one redirect is enough. */
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
  /** Call again after the store was read for this key. */
  | { readonly kind: "unloaded"; readonly key: string };

/**
 * Follows the known steps from a page's canonical to the end of the chain. A page whose chain is a
 * loop, too long or ends at a missing page is not redirected; so a crawler that follows redirects
 * ends at a page.
 *
 * @param from the key of the page itself
 * @param to its canonical
 * @param cameFrom keys of pages that may just have redirected the crawler, and of which nothing is
 * known
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
      // If the origin server redirects a page's canonical back to the page, the page is the
      // canonical itself.
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

/**
 * An address in the chain, and whether a crawler can end there: a page is served if its canonical
 * is not followed.
 */
interface Waypoint {
  readonly key: string;
  readonly isPage: boolean;
  /** The URL; undefined for the start of the chain. */
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
