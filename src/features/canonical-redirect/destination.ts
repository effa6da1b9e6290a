/** The next step from an address, as far as it is known. */
export type NextHop =
  /** No step is known. */
  | { readonly kind: "ends" }
  /** The page names a canonical to which the rule redirects crawlers. */
  | { readonly kind: "canonical"; readonly to: string }
  /** The origin server redirects, permanently (`isLasting`) or temporarily. */
  | { readonly kind: "moved"; readonly to: string; readonly isLasting: boolean }
  | { readonly kind: "gone" }
  /** The fact is not in memory; the store has not been read. */
  | { readonly kind: "unloaded" };

/** An address with the key by which it is compared, and its next step. */
export interface ChainAddress {
  readonly key: string;
  readonly step: NextHop;
}

/** The last address of a chain, so that the crawler gets one redirect. */
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
  /** Read the store for this key, then call again. */
  | { readonly kind: "unloaded"; readonly key: string };

/**
 * Follows the known steps from a page's canonical to the end of the chain. It does not redirect if
 * the chain is a loop, too long, or ends at a missing page: a crawler that follows the redirect
 * reaches a page.
 *
 * @param from the key of the page
 * @param to its canonical
 * @param cameFrom keys of pages without known facts that may have redirected the crawler here
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
      // The origin server redirects the canonical back to the page, so the page is the canonical.
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
        // RFC 9110 §15.4.3: a temporary redirect does not replace the address before it.
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

/** An address in the chain. A crawler can end at a page, if its canonical is not followed. */
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
