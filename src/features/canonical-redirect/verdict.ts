import { botOf } from "../../agent/agent.ts";
import { toMarkdownUrl } from "../../http/markdown-url.ts";
import type { Mode } from "../../pipeline/policy.ts";
import type { Awaitable, Detail } from "../../pipeline/stage.ts";
import { decideAudience } from "./audience.ts";
import type { Canonical, CanonicalSource } from "./canonical.ts";
import {
  decideDestination,
  type ChainAddress,
  type Destination,
  type NextHop,
} from "./destination.ts";
import type { Fact } from "./fact.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";
import type { CanonicalRedirectReason } from "./reasons.ts";
import { refererKeys, type PageRequest } from "./request.ts";
import type { Compiled } from "./site.ts";

/** The verdict for a request whose page's canonical is known. */
type RedirectVerdict =
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
    };

/** Decides the final address of a page: its canonical, or else the target of a map. */
export function decideVerdict(
  request: PageRequest,
  canonical: Canonical,
): Awaitable<RedirectVerdict> {
  const { memory } = request.site;
  const aim = aimOf(request, canonical);
  if (aim.kind === "declined") return aim;
  const { maxChain } = request.compiled.policy;
  // Pages with known facts are in the chain; one without may have redirected the crawler here.
  const unknown = refererKeys(request).filter((key) => memory.peek(key) === undefined);
  const cameFrom = new Set(unknown);
  const stepFrom = stepFinder(request);
  /** Each turn settles one address of the chain. */
  const decide = (turn: number): Awaitable<RedirectVerdict> => {
    const found = decideDestination(request.key, aim.to, stepFrom, { maxChain, cameFrom });
    if (found.kind !== "unloaded") return conclude(found, request, aim.source);
    if (turn > maxChain) return { kind: "declined", reason: "canonical-chain-too-long" };
    return memory.load(found.key).then(() => decide(turn + 1));
  };
  return decide(0);
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
  destination: Exclude<Destination, { kind: "unloaded" }>,
  { markdown }: PageRequest,
  source: CanonicalSource,
): RedirectVerdict {
  if (destination.kind === "declined") return destination;
  const { to, hops } = destination;
  return { kind: "redirect", to: inForm(to, markdown), source, hops };
}

/** Returns the known next step after an address, under the rules for one agent. */
function stepFinder({
  site: { memory, compile, policyAt },
  compiled: own,
  exchange: { agent },
}: PageRequest): (href: string) => ChainAddress {
  const isActive = (mode: Mode, { policy }: Compiled): boolean => {
    // If the rule only observes the page, pages that it would redirect count too.
    const counts = mode === "enforce" || (mode !== "off" && mode === own.policy.mode);
    if (!counts || policy === own.policy) return counts;
    return decideAudience(agent, policy.agents).kind === "eligible";
  };
  return (href) => {
    const { page } = own.addressOf(href);
    const { mode, policy } = policyAt(page, agent);
    const compiled = compile(policy as CanonicalRedirectPolicy);
    const { key } = compiled.addressOf(href);
    const fact = memory.peek(key)?.fact;
    if (fact !== undefined) {
      return { key, step: stepOf(fact, page, isActive(mode, compiled) ? compiled : undefined) };
    }
    const isLoaded = compiled.keepFor === 0 || memory.isUnknown(key);
    return { key, step: { kind: isLoaded ? "ends" : "unloaded" } };
  };
}

/** @param active the options that redirect the page; undefined if none do */
function stepOf(fact: Fact, page: URL, active: Compiled | undefined): NextHop {
  switch (fact.kind) {
    case "elsewhere":
      return active !== undefined ? { kind: "canonical", to: fact.to } : { kind: "ends" };
    case "stays": {
      const to = MAPPABLE.has(fact.reason) ? active?.mapped(page) : undefined;
      return to === undefined ? { kind: "ends" } : { kind: "canonical", to };
    }
    case "moved":
    case "gone":
      return fact;
    case "markdown":
      return { kind: "ends" };
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
    return verdict.named === undefined ? who : { ...who, named: verdict.named };
  }
  const { to, source, hops } = verdict;
  return { ...who, to, source, hops: String(hops) };
}
