import { andThen, type Awaitable } from "../../timing/and-then.ts";
import { within } from "../../timing/timeout.ts";
import type { Canonical } from "./canonical.ts";
import type { PageRequest } from "./request.ts";
import { decideVerdict, type RedirectVerdict, type UnknownTarget } from "./verdict.ts";

/**
 * Decides the final address of a page; requests targets of which nothing is known. The response
 * waits for that up to `probeWait`; then this crawler gets the page, and the work continues.
 */
export function settleVerdict(
  request: PageRequest,
  canonical: Canonical,
): Awaitable<RedirectVerdict> {
  return andThen(decideVerdict(request, canonical), (verdict) =>
    verdict.kind === "unknown" ? checkTargets(request, canonical, verdict) : verdict,
  );
}

async function checkTargets(
  request: PageRequest,
  canonical: Canonical,
  first: UnknownTarget,
): Promise<RedirectVerdict> {
  const { exchange, compiled } = request;
  const { probeWait, maxChain } = compiled.policy;
  const work = (async (): Promise<RedirectVerdict> => {
    let verdict: RedirectVerdict | UnknownTarget = first;
    const checked = new Set<string>();
    while (verdict.kind === "unknown") {
      const { target, otherwise } = verdict;
      if (checked.has(target.key) || checked.size > maxChain) return otherwise;
      checked.add(target.key);
      await request.site.targets.check(target, exchange);
      verdict = await decideVerdict(request, canonical);
    }
    return verdict;
  })();
  exchange.background(work.catch(() => {}));
  return within(probeWait, work, () => first.otherwise);
}
