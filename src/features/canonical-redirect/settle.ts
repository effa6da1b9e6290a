import { urlOnOrigin } from "../../http/target.ts";
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
  return andThen(decideVerdict(request, canonical), (verdict) => {
    if (canonical.kind === "elsewhere") compareTexts(request, canonical.to);
    return verdict.kind === "unknown" ? checkTargets(request, canonical, verdict) : verdict;
  });
}

/** Pages whose texts are compared with that of their target after one response. */
const MOST_COMPARED = 4;

/** Reads pages of which the titles do not tell if they are unlike their common target. */
function compareTexts(
  { site, compiled, exchange, page, isObserved }: PageRequest,
  to: string,
): void {
  const { valve, targets, memory } = site;
  const target = compiled.addressOf(to);
  const undecided = isObserved ? [] : valve.undecided(target).slice(0, MOST_COMPARED);
  if (undecided.length === 0) return;
  const work = async (): Promise<void> => {
    const needsTarget = memory.peek(target.key)?.about?.sketch === undefined;
    if (needsTarget) await targets.read({ ...target, compiled }, exchange);
    for (const href of undecided) {
      const source = urlOnOrigin(href, page);
      // That notes the page, with the sketch of its text.
      await targets.read({ page: source, key: compiled.keyOf(source), compiled }, exchange);
    }
  };
  exchange.background(work());
}

async function checkTargets(
  request: PageRequest,
  canonical: Canonical,
  first: UnknownTarget,
): Promise<RedirectVerdict> {
  const { exchange, compiled } = request;
  const { targets } = request.site;
  const { probeWait, maxChain } = compiled.policy;
  const work = (async (): Promise<RedirectVerdict> => {
    let verdict: RedirectVerdict | UnknownTarget = first;
    const checked = new Set<string>();
    while (verdict.kind === "unknown") {
      const { target, needs, otherwise } = verdict;
      const name = `${needs} ${target.key}`;
      if (checked.has(name) || checked.size > maxChain + 1) return otherwise;
      checked.add(name);
      if (needs === "page") await targets.check(target, exchange);
      else await targets.checkNeighbours(target, exchange);
      verdict = await decideVerdict(request, canonical);
    }
    return verdict;
  })();
  exchange.background(work.catch(() => {}));
  return within(probeWait, work, () => first.otherwise);
}
