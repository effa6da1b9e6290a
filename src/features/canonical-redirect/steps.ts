import type { Mode } from "../../pipeline/policy.ts";
import { decideAudience } from "./audience.ts";
import type { ChainAddress, NextHop } from "./destination.ts";
import { isOfPage, type Remembered } from "./fact.ts";
import { isNear } from "./near.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";
import type { PageRequest } from "./request.ts";
import type { Compiled } from "./site.ts";
import type { Target } from "./target-check.ts";
import type { SeenPage } from "./valve.ts";

/** Reasons why a page is not redirected for which a map of the rules may redirect it. */
export const MAPPABLE: ReadonlySet<string> = new Set([
  "no-canonical",
  "canonical-empty",
  "canonicals-conflict",
  "not-html",
]);

/** Finds the known next step after an address, under the rules for one agent. */
export class Steps {
  readonly #request: PageRequest;
  /** Targets whose neighbours must be known before the page at an address counts. */
  readonly #needs = new Map<string, Target>();

  constructor(request: PageRequest) {
    this.#request = request;
  }

  /** The step after an address. */
  from(href: string): ChainAddress {
    const { key, step } = this.#find(href);
    // A rule that observes tells what it would do if the target is a page.
    const isAssumed = this.#request.isObserved && step.kind === "unknown";
    return isAssumed ? { key, step: { kind: "ends" } } : { key, step };
  }

  /** Whether many unlike pages name the target of this one, which counts, too. */
  isShared(seen: SeenPage, to: string, compiled = this.#request.compiled): boolean {
    const { site, exchange } = this.#request;
    const target = compiled.addressOf(to);
    site.valve.see(seen, target, (work) => exchange.background(work));
    return site.valve.isOpen(target, compiled.policy.valve);
  }

  /**
   * The doubt about a page that is unlike its canonical: if pages to which the canonical links name
   * it as well, a template writes it into every page. Undefined if there is no doubt.
   */
  doubtOf(seen: SeenPage, to: string, compiled = this.#request.compiled): Doubt | undefined {
    const { isObserved, site } = this.#request;
    const target = { ...compiled.addressOf(to), compiled };
    if (isObserved || !site.valve.isUnlike(seen, target)) return undefined;
    return { target, isShared: site.targets.isSharedByNeighbours(target) };
  }

  /** The facts for lack of which the step after an address is unknown. */
  needAt(href: string): Need {
    const target = this.#needs.get(href);
    return target === undefined
      ? { needs: "page", target: this.#settingAt(href) }
      : { needs: "neighbours", target };
  }

  #find(href: string): ChainAddress {
    const { memory, targets } = this.#request.site;
    const { page, key, mode, compiled } = this.#settingAt(href);
    const known = memory.peek(key);
    if (known === undefined) {
      return { key, step: { kind: memory.isUnknown(key) ? "unknown" : "unloaded" } };
    }
    const { fact, about } = known;
    // An error page with status 200 has no canonical of its own, either.
    if (isOfPage(fact) && !targets.isSettled({ page }, about)) {
      return { key, step: { kind: targets.isLoaded({ page }) ? "unknown" : "unloaded" } };
    }
    const active = this.#isActive(mode, compiled) ? compiled : undefined;
    if (fact.kind !== "elsewhere" || active === undefined) {
      return { key, step: stepOf(known, page, active) };
    }
    const seen: SeenPage = { page, key, about };
    const doubt = this.doubtOf(seen, fact.to, compiled);
    if (doubt !== undefined && doubt.isShared === undefined) {
      this.#needs.set(href, doubt.target);
      return { key, step: { kind: "unknown" } };
    }
    const isOpen = this.isShared(seen, fact.to, compiled) || doubt?.isShared === true;
    return { key, step: stepOf(known, page, isOpen ? undefined : compiled) };
  }

  #settingAt(href: string) {
    const { compiled: own, exchange, site } = this.#request;
    const { page } = own.addressOf(href);
    const { mode, policy } = site.policyAt(page, exchange);
    const compiled = site.compile(policy as CanonicalRedirectPolicy);
    return { page, key: compiled.addressOf(href).key, mode, compiled };
  }

  #isActive(mode: Mode, { policy }: Compiled): boolean {
    const { compiled: own, exchange } = this.#request;
    // If the rule only observes the page, pages that it would redirect count too.
    const counts = mode === "enforce" || (mode !== "off" && mode === own.policy.mode);
    if (!counts || policy === own.policy) return counts;
    return decideAudience(exchange.agent, policy.agents).kind === "eligible";
  }
}

/** Facts that a decision needs: about a page, or about pages to which it links. */
export interface Need {
  readonly needs: "page" | "neighbours";
  readonly target: Target;
}

interface Doubt {
  readonly target: Target;
  /** Undefined if that is not known. */
  readonly isShared: boolean | undefined;
}

/** @param active the options that redirect the page; undefined if none do */
function stepOf({ fact, about }: Remembered, page: URL, active: Compiled | undefined): NextHop {
  const isPage = about?.isHidden !== true;
  const ends: NextHop = isPage ? { kind: "ends" } : { kind: "unfit", why: "not-indexed" };
  switch (fact.kind) {
    case "elsewhere": {
      if (active === undefined) return ends;
      // A page that refreshes to another has no content of its own.
      return { ...fact, kind: "canonical", isPage: isPage && fact.source !== "meta-refresh" };
    }
    case "stays": {
      const to = MAPPABLE.has(fact.reason) ? active?.mapped(page) : undefined;
      return to === undefined ? ends : { kind: "canonical", to, isPage };
    }
    case "moved":
      return { ...fact, isNear: isNear(page, new URL(fact.to)) };
    case "gone":
    case "unfit":
      return fact;
    case "markdown":
      return ends;
  }
}
