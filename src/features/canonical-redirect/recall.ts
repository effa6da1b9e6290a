import { mayBePage } from "../../http/asset-path.ts";
import { andThen } from "../../timing/and-then.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Awaitable, RequestOutcome } from "../../pipeline/stage.ts";
import { redirectTo } from "./caching.ts";
import { canonicalOfFact } from "./learn.ts";
import { asWritten, behindMarkdown, isAnonymousRequest, type PageRequest } from "./request.ts";
import type { Compiled, CanonicalSite } from "./site.ts";
import { decideVerdict, detailOf } from "./verdict.ts";
import type { CanonicalRedirectReason } from "./reasons.ts";

/** Decides from remembered facts; without facts, reads the origin server's response. */
export function recall(
  exchange: Exchange,
  compiled: Compiled,
  site: CanonicalSite,
): Awaitable<RequestOutcome<CanonicalRedirectReason>> {
  if (!mayActOn(exchange, compiled)) return AS_RECEIVED;
  if (compiled.keepFor === 0 || !isAnonymousRequest(exchange)) return ASK;
  return recallPage(asWritten(exchange, compiled, site));
}

/** RFC 9110 §13.2.1: preconditions apply only if the response would be a 2xx without them. */
const ASK: RequestOutcome<CanonicalRedirectReason> = {
  kind: "forward",
  reason: "in-audience",
  reads: true,
  method: "GET",
  unconditional: true,
  keepsRange: true,
};

/** The outcome for a target that is no page and matches no map: the request stays as it is. */
const AS_RECEIVED: RequestOutcome<CanonicalRedirectReason> = {
  kind: "forward",
  reason: "in-audience",
};

function mayActOn(exchange: Exchange, { mapped }: Compiled): boolean {
  const { url } = exchange;
  return mayBePage(url.pathname, exchange.field("sec-fetch-dest")) || mapped(url) !== undefined;
}

function recallPage(request: PageRequest): Awaitable<RequestOutcome<CanonicalRedirectReason>> {
  const { key, compiled } = request;
  const { memory } = request.site;
  return andThen(memory.isCurrent(key) ? undefined : memory.load(key), () => {
    const remembered = memory.peek(key);
    if (remembered?.fact.kind === "markdown") {
      const behind = request.markdown === undefined ? behindMarkdown(request) : undefined;
      return behind === undefined ? ASK : recallPage(behind);
    }
    const canonical = canonicalOfFact(remembered?.fact);
    // A fact that the store does not have could be outdated by what another process has seen.
    const isCurrent = canonical?.kind === "stays" || memory.isCurrent(key);
    if (canonical === undefined || remembered?.isReusable !== true || !isCurrent) return ASK;
    const decided = decideVerdict({ ...request, about: remembered.about }, canonical);
    return andThen(decided, (verdict): RequestOutcome<CanonicalRedirectReason> => {
      // The target is requested while the origin server sends the page.
      if (verdict.kind === "unknown") return ASK;
      // The response to the unchanged request shows if the fact is still true.
      if (verdict.kind === "declined") {
        return { kind: "forward", reason: verdict.reason, reads: true, keepsRange: true };
      }
      return {
        kind: "respond",
        reason: "canonical-remembered",
        response: redirectTo(verdict.to, compiled.policy),
        detail: detailOf(request, verdict),
      };
    });
  });
}
