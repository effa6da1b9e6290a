import { botOf } from "../../agent/agent.ts";
import { toMarkdownUrl } from "../../http/markdown-url.ts";
import type { Mode } from "../../pipeline/policy.ts";
import type { Awaitable, Detail } from "../../pipeline/stage.ts";
import { decideAudience } from "./audience.ts";
import type { Canonical, CanonicalSource } from "./canonical.ts";
import {
  decideDestination,
  type ChainAddress,
  type KnownDestination,
  type NextHop,
} from "./destination.ts";
import { isOfPage, type Remembered } from "./fact.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";
import type { CanonicalRedirectReason } from "./reasons.ts";
import { isNear } from "./near.ts";
import { refererKeys, type PageRequest } from "./request.ts";
import type { Compiled } from "./site.ts";
import type { Target } from "./target-check.ts";
import type { SeenPage } from "./valve.ts";

/** The verdict for a request whose page's canonical is known. */
export type RedirectVerdict =
  | {
      readonly kind: "redirect";
      readonly to: string;
      readonly source: CanonicalSource;
      readonly hops: number;
    }
  | {
      readonly kind: "declined";
      readonly reason: CanonicalRedirectReason;
      readonly named?: string | undefined;
      readonly why?: string | undefined;
    };

/** A target of which too little is known. */
export interface UnknownTarget {
  readonly kind: "unknown";
  readonly target: Target;
  /** The verdict without further facts. */
  readonly otherwise: RedirectVerdict;
}

/** Decides the final address of a page: its canonical, or else the target of a map. */
export function decideVerdict(
  request: PageRequest,
  canonical: Canonical,
): Awaitable<RedirectVerdict | UnknownTarget> {
  const { memory } = request.site;
  const aim = aimOf(request, canonical);
  if (aim.kind === "declined") return aim;
  const { maxChain } = request.compiled.policy;
  // Pages with known facts are in the chain; one without may have redirected the crawler here.
  const unknown = refererKeys(request).filter((key) => memory.peek(key) === undefined);
  const cameFrom = new Set(unknown);
  const steps = stepFinder(request);
  /** Each turn settles one address of the chain. */
  const decide = (turn: number): Awaitable<RedirectVerdict | UnknownTarget> => {
    const found = decideDestination(request.key, aim.to, steps.from, { maxChain, cameFrom });
    const isLoaded = found.kind !== "unloaded" && aim.source !== "map";
    if (isLoaded && steps.isShared(request, aim.to)) {
      return { kind: "declined", reason: "canonical-shared", named: aim.to };
    }
    if (found.kind === "unknown") {
      const otherwise = conclude(found.otherwise, request, aim);
      return { kind: "unknown", target: steps.targetAt(found.href), otherwise };
    }
    if (found.kind !== "unloaded") return conclude(found, request, aim);
    if (turn > 2 * maxChain) return { kind: "declined", reason: "canonical-chain-too-long" };
    return load(request, steps.targetAt(found.href)).then(() => decide(turn + 1));
  };
  return decide(0);
}

/** Reads what the store has about a target. */
async function load({ site: { memory, targets } }: PageRequest, target: Target): Promise<void> {
  const isKnown = memory.peek(target.key) !== undefined;
  await Promise.all([isKnown ? undefined : memory.load(target.key), targets.load(target)]);
}

/** Reasons why a page is not redirected for which a map of the rules may redirect it. */
const MAPPABLE: ReadonlySet<string> = new Set([
  "no-canonical",
  "canonical-empty",
  "canonicals-conflict",
  "not-html",
]);

type Aim =
  | Extract<Canonical, { kind: "elsewhere" }>
  | Extract<RedirectVerdict, { kind: "declined" }>;

function aimOf({ page, key, compiled }: PageRequest, canonical: Canonical): Aim {
  if (canonical.kind === "elsewhere") return canonical;
  const { reason, named } = canonical;
  const to = MAPPABLE.has(reason) ? compiled.mapped(page) : undefined;
  if (to === undefined) return { kind: "declined", reason, named };
  if (compiled.addressOf(to).key === key) return { kind: "declined", reason: "canonical-is-self" };
  return { kind: "elsewhere", to, source: "map" };
}

function conclude(
  destination: KnownDestination,
  { markdown }: PageRequest,
  { to: named, source }: Extract<Aim, { kind: "elsewhere" }>,
): RedirectVerdict {
  if (destination.kind === "declined") return { ...destination, named };
  const { to, hops } = destination;
  return { kind: "redirect", to: inForm(to, markdown), source, hops };
}

/** Finds the known next step after an address, under the rules for one agent. */
function stepFinder({
  site: { memory, targets, valve, compile, policyAt },
  compiled: own,
  exchange,
  isObserved,
}: PageRequest) {
  const { agent } = exchange;
  const isActive = (mode: Mode, { policy }: Compiled): boolean => {
    // If the rule only observes the page, pages that it would redirect count too.
    const counts = mode === "enforce" || (mode !== "off" && mode === own.policy.mode);
    if (!counts || policy === own.policy) return counts;
    return decideAudience(agent, policy.agents).kind === "eligible";
  };
  const settingAt = (href: string) => {
    const { page } = own.addressOf(href);
    const { mode, policy } = policyAt(page, agent);
    const compiled = compile(policy as CanonicalRedirectPolicy);
    const { key } = compiled.addressOf(href);
    return { page, key, mode, compiled };
  };
  /** Whether many unlike pages name the target of this one, which counts, too. */
  const isShared = (seen: SeenPage, to: string, compiled = own): boolean => {
    const target = compiled.addressOf(to);
    valve.see(seen, target, (work) => exchange.background(work));
    return valve.isOpen(target, compiled.policy.valve);
  };
  const from = (href: string): ChainAddress => {
    const { key, step } = find(href);
    // A rule that observes tells what it would do if the target is a page.
    return isObserved && step.kind === "unknown" ? { key, step: { kind: "ends" } } : { key, step };
  };
  const find = (href: string): ChainAddress => {
    const { page, key, mode, compiled } = settingAt(href);
    const known = memory.peek(key);
    if (known === undefined) {
      return { key, step: { kind: memory.isUnknown(key) ? "unknown" : "unloaded" } };
    }
    // An error page with status 200 has no canonical of its own, either.
    if (isOfPage(known.fact) && !targets.isSettled({ page }, known.about)) {
      return { key, step: { kind: targets.isLoaded({ page }) ? "unknown" : "unloaded" } };
    }
    const { fact, about } = known;
    const isOpen = fact.kind === "elsewhere" && isShared({ page, key, about }, fact.to, compiled);
    const active = isActive(mode, compiled) && !isOpen ? compiled : undefined;
    return { key, step: stepOf(known, page, active) };
  };
  return { from, isShared, targetAt: (href: string): Target => settingAt(href) };
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

/** The address in the requested form: the canonical's markdown if the client requested markdown. */
function inForm(to: string, markdown: PageRequest["markdown"]): string {
  if (markdown === undefined) return to;
  const url = new URL(to);
  if (markdown === "index" || url.pathname.endsWith("/")) return toMarkdownUrl(to);
  url.pathname += ".md";
  return url.href;
}

/** The details in the decision's record. */
export function detailOf({ exchange }: PageRequest, verdict: RedirectVerdict): Detail {
  const { agent, url } = exchange;
  const who = { agent: botOf(agent)?.name ?? agent.kind, from: url.href };
  if (verdict.kind === "declined") {
    const { named, why } = verdict;
    return {
      ...who,
      ...(named === undefined ? {} : { named }),
      ...(why === undefined ? {} : { why }),
    };
  }
  const { to, source, hops } = verdict;
  return { ...who, to, source, hops: String(hops) };
}
