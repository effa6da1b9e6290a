import type { UnfitReason } from "./fact.ts";

/** Why an address can't be the end of a redirect. */
export type WhyUnfit = UnfitReason | "not-indexed";

/** The next step from an address, as far as it is known. */
export type NextHop =
  /** A page to which a crawler can be redirected. */
  | { readonly kind: "ends" }
  /**
   * The page names a canonical to which the rule redirects crawlers. `isPage` is false if the page
   * itself can't be the end of a redirect.
   */
  | { readonly kind: "canonical"; readonly to: string; readonly isPage?: boolean }
  /**
   * The origin server redirects, permanently (`isLasting`) or temporarily. `isNear` is false if it
   * redirects to another page, and not to another spelling or folder of this one.
   */
  | {
      readonly kind: "moved";
      readonly to: string;
      readonly isLasting: boolean;
      readonly isNear?: boolean;
    }
  | { readonly kind: "gone" }
  | { readonly kind: "unfit"; readonly why: WhyUnfit }
  /** Nothing is known; the address has not been requested. */
  | { readonly kind: "unknown" }
  /** The fact is not in memory; the store has not been read. */
  | { readonly kind: "unloaded" };

/** An address with the key by which it is compared, and its next step. */
export interface ChainAddress {
  readonly key: string;
  readonly step: NextHop;
}

/** The last address of a chain, so that the crawler gets one redirect. */
export type KnownDestination =
  | { readonly kind: "redirect"; readonly to: string; readonly hops: number }
  | {
      readonly kind: "declined";
      readonly reason:
        | "canonical-loop"
        | "canonical-leads-back"
        | "canonical-chain-too-long"
        | "canonical-target-missing"
        | "canonical-target-unfit"
        | "canonical-target-unknown"
        | "came-from-canonical";
      readonly why?: WhyUnfit | undefined;
    };

export type Destination =
  | KnownDestination
  /** Request this address, then call again; `otherwise` is the destination without it. */
  | {
      readonly kind: "unknown";
      readonly key: string;
      readonly href: string;
      readonly otherwise: KnownDestination;
    }
  /** Read the store for this address, then call again. */
  | { readonly kind: "unloaded"; readonly key: string; readonly href: string };

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
        return { kind: "unloaded", key, href: at };
      case "ends":
        return { kind: "redirect", to: target, hops };
      case "gone":
        return endAt(lastPage(way), "canonical-target-missing", hops);
      case "unfit":
        return endAt(lastPage(way), "canonical-target-unfit", hops, step.why);
      case "unknown": {
        const otherwise = endAt(lastPage(way), "canonical-target-unknown", hops);
        return { kind: "unknown", key, href: at, otherwise };
      }
      case "moved":
        if (step.isNear === false && !isOn(way, stopAt(step.to).key)) {
          return endAt(lastPage(way), "canonical-target-unfit", hops, "redirects-elsewhere");
        }
        // RFC 9110 §15.4.3: a temporary redirect does not replace the address before it.
        isFixed ||= !step.isLasting;
        break;
      case "canonical":
        isFixed = false;
        break;
    }
    way.push({ key, isPage: step.kind === "canonical" && step.isPage !== false, href: target });
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

function lastPage(way: readonly Waypoint[]): Waypoint | undefined {
  return way.findLast(({ isPage }) => isPage);
}

function isOn(way: readonly Waypoint[], key: string): boolean {
  return way.some((before) => before.key === key);
}

function endAt(
  page: Waypoint | undefined,
  reason: Extract<KnownDestination, { kind: "declined" }>["reason"],
  hops: number,
  why?: WhyUnfit,
): KnownDestination {
  if (page?.href !== undefined) return { kind: "redirect", to: page.href, hops };
  return why === undefined ? { kind: "declined", reason } : { kind: "declined", reason, why };
}
