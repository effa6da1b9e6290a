import { toMarkdownUrl } from "../../http/markdown-url.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Awaitable, Detail } from "../../pipeline/stage.ts";
import type { Canonical, CanonicalSource } from "./canonical.ts";
import { decideDestination, type Destination } from "./destination.ts";
import type { CanonicalRedirectReason } from "./reasons.ts";
import { agentName, refererKeys, type PageRequest } from "./request.ts";
import { isMappable, SiteView, type Compiled, type CanonicalSite } from "./site.ts";

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
  const view = new SiteView(site, compiled, exchange.agent);
  const decide = (): Destination =>
    decideDestination(request.key, aim.to, (href) => view.stopAt(href), {
      maxChain,
      cameFrom,
    });
  const first = decide();
  if (first.kind !== "unloaded") return conclude(first, request, aim.source);
  return loadAll(first);

  async function loadAll(from: Destination): Promise<RedirectVerdict> {
    let found = from;
    // Each iteration settles one address of the chain.
    for (let turn = 0; turn <= maxChain && found.kind === "unloaded"; turn++) {
      await memory.load(found.key);
      found = decide();
    }
    if (found.kind === "unloaded") return { kind: "declined", reason: "canonical-chain-too-long" };
    return conclude(found, request, aim.kind === "aim" ? aim.source : "map");
  }
}

type Aim =
  | { readonly kind: "aim"; readonly to: string; readonly source: CanonicalSource }
  | Extract<RedirectVerdict, { kind: "declined" }>;

function aimOf({ page, key }: PageRequest, canonical: Canonical, compiled: Compiled): Aim {
  if (canonical.kind === "elsewhere") {
    return { kind: "aim", to: canonical.to, source: canonical.source };
  }
  const { reason, named } = canonical;
  const to = isMappable(reason) ? compiled.mapped(page) : undefined;
  if (to === undefined) return { kind: "declined", reason, named };
  if (compiled.addressOf(to).key === key) return { kind: "declined", reason: "canonical-is-self" };
  return { kind: "aim", to, source: "map" };
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
