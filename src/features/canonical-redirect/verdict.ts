import { toMarkdownUrl } from "../../http/markdown-url.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Awaitable, Detail } from "../../pipeline/stage.ts";
import type { Canonical, CanonicalSource } from "./canonical.ts";
import { decideDestination, type Destination } from "./destination.ts";
import type { CanonicalRedirectReason } from "./reasons.ts";
import { agentName, refererKeys, type PageRequest } from "./request.ts";
import { MAPPABLE, stepFinder, type Compiled, type CanonicalSite } from "./site.ts";

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
  exchange: Exchange,
  request: PageRequest,
  canonical: Canonical,
  compiled: Compiled,
  site: CanonicalSite,
): Awaitable<RedirectVerdict> {
  const { memory } = site;
  const aim = aimOf(request, canonical, compiled);
  if (aim.kind === "declined") return aim;
  const { maxChain } = compiled.policy;
  // Pages with known facts are in the chain; one without may have redirected the crawler here.
  const unknown = refererKeys(exchange, compiled).filter((key) => memory.peek(key) === undefined);
  const cameFrom = new Set(unknown);
  const stepFrom = stepFinder(site, compiled, exchange.agent);
  /** Each turn settles one address of the chain. */
  const decide = (turn: number): Awaitable<RedirectVerdict> => {
    const found = decideDestination(request.key, aim.to, stepFrom, { maxChain, cameFrom });
    if (found.kind !== "unloaded") return conclude(found, request, aim.source);
    if (turn > maxChain) return { kind: "declined", reason: "canonical-chain-too-long" };
    return memory.load(found.key).then(() => decide(turn + 1));
  };
  return decide(0);
}

type Aim =
  | Extract<Canonical, { kind: "elsewhere" }>
  | Extract<RedirectVerdict, { kind: "declined" }>;

function aimOf({ page, key }: PageRequest, canonical: Canonical, compiled: Compiled): Aim {
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

/** The address in the requested form: the canonical's markdown if the client requested markdown. */
function inForm(to: string, markdown: PageRequest["markdown"]): string {
  if (markdown === undefined) return to;
  const url = new URL(to);
  if (markdown === "index" || url.pathname.endsWith("/")) return toMarkdownUrl(to);
  url.pathname += ".md";
  return url.href;
}

/** The details in the decision's record. */
export function detailOf(exchange: Exchange, verdict: RedirectVerdict): Detail {
  const who = { agent: agentName(exchange), from: exchange.url.href };
  if (verdict.kind === "declined") {
    return verdict.named === undefined ? who : { ...who, named: verdict.named };
  }
  const { to, source, hops } = verdict;
  return { ...who, to, source, hops: String(hops) };
}
