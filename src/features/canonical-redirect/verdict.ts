import { botOf } from "../../agent/agent.ts";
import { toMarkdownUrl } from "../../http/markdown-url.ts";
import type { Awaitable, Detail } from "../../pipeline/stage.ts";
import type { Canonical, CanonicalSource } from "./canonical.ts";
import { decideDestination, type KnownDestination } from "./destination.ts";
import type { CanonicalRedirectReason } from "./reasons.ts";
import { refererKeys, type PageRequest } from "./request.ts";
import { MAPPABLE, Steps, type Need } from "./steps.ts";
import type { Target } from "./target-check.ts";

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
export interface UnknownTarget extends Need {
  readonly kind: "unknown";
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
  const steps = new Steps(request);
  /** Each turn settles one address of the chain. */
  const decide = (turn: number): Awaitable<RedirectVerdict | UnknownTarget> => {
    const found = decideDestination(request.key, aim.to, (href) => steps.from(href), {
      maxChain,
      cameFrom,
    });
    const isLoaded = found.kind !== "unloaded" && aim.source !== "map";
    if (isLoaded && steps.isShared(request, aim.to)) {
      return { kind: "declined", reason: "canonical-shared", named: aim.to };
    }
    if (found.kind === "unknown") {
      const otherwise = conclude(found.otherwise, request, aim);
      return { kind: "unknown", ...steps.needAt(found.href), otherwise };
    }
    const isSure = found.kind !== "redirect" || aim.source === "map";
    const doubt = isSure ? undefined : steps.doubtOf(request, aim.to);
    if (doubt?.isShared === true) {
      return { kind: "declined", reason: "canonical-shared", named: aim.to };
    }
    if (doubt?.isShared === undefined && doubt !== undefined) {
      const otherwise = conclude(UNKNOWN, request, aim);
      return { kind: "unknown", needs: "neighbours", target: doubt.target, otherwise };
    }
    if (found.kind !== "unloaded") return conclude(found, request, aim);
    if (turn > 2 * maxChain) return { kind: "declined", reason: "canonical-chain-too-long" };
    return load(request, steps.needAt(found.href).target).then(() => decide(turn + 1));
  };
  return decide(0);
}

const UNKNOWN: KnownDestination = { kind: "declined", reason: "canonical-target-unknown" };

/** Reads the stored state of a target. */
async function load({ site: { memory, targets } }: PageRequest, target: Target): Promise<void> {
  const isKnown = memory.peek(target.key) !== undefined;
  await Promise.all([isKnown ? undefined : memory.load(target.key), targets.load(target)]);
}

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
