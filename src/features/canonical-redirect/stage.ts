import { isHtml, parseMediaType, type MediaType } from "../../http/media-type.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { andThen } from "../../timing/and-then.ts";
import type {
  Awaitable,
  Detail,
  FinalOutcome,
  RequestOutcome,
  ResponseHead,
  ResponseOutcome,
  Stage,
} from "../../pipeline/stage.ts";
import type { FeatureParts } from "../../feature/parts.ts";
import type { IndexStore } from "../../store/store.ts";
import { decideAudience } from "./audience.ts";
import { bypassEdits, redirectTo } from "./caching.ts";
import { decideCanonical, linksOfFields, type Canonical, type CanonicalLink } from "./canonical.ts";
import { HeadScanner } from "./head-scan.ts";
import { compareWithMemory, factOfCanonical, factOfStatus, learn } from "./learn.ts";
import { CanonicalMemory } from "./memory.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";
import { recall } from "./recall.ts";
import { asWritten, behindMarkdown } from "./request.ts";
import { policyCompiler, type PolicyAt, type CanonicalSite } from "./site.ts";
import { decideVerdict, detailOf } from "./verdict.ts";
import type { CanonicalRedirectReason } from "./reasons.ts";

/** The parts of the stage. */
interface CanonicalRedirectOptions extends Pick<
  FeatureParts,
  "originServer" | "generations" | "now"
> {
  /** The store in which processes share remembered canonicals. */
  readonly index: IndexStore;
  readonly policyAt: PolicyAt;
}

/** Redirects verified training crawlers to the canonical of a page (RFC 6596). */
export class CanonicalRedirectStage implements Stage<
  CanonicalRedirectPolicy,
  CanonicalRedirectReason
> {
  readonly #site: CanonicalSite;

  constructor(options: CanonicalRedirectOptions) {
    const { originServer, index, generations, now, policyAt } = options;
    const memory = new CanonicalMemory(index, now, generations);
    this.#site = { memory, compile: policyCompiler(originServer), policyAt, now };
  }

  onRequest(
    exchange: Exchange,
    policy: CanonicalRedirectPolicy,
  ): Awaitable<RequestOutcome<CanonicalRedirectReason>> {
    const { method, agent } = exchange;
    if (method !== "GET" && method !== "HEAD") return { kind: "ineligible", reason: "method" };
    const compiled = this.#site.compile(policy);
    const audience = decideAudience(agent, policy.agents);
    if (audience.kind === "eligible") return recall(exchange, compiled, this.#site);
    // The response to any client may show that a remembered fact is outdated.
    const isRemembered =
      this.#site.memory.size > 0 &&
      this.#site.memory.peek(compiled.keyOf(exchange.url)) !== undefined;
    return isRemembered || policy.sharedCaches === "bypass"
      ? { kind: "declined", reason: audience.reason }
      : audience;
  }

  onResponse(
    head: ResponseHead,
    exchange: Exchange,
    policy: CanonicalRedirectPolicy,
  ): Awaitable<ResponseOutcome<CanonicalRedirectReason>> {
    const compiled = this.#site.compile(policy);
    const isRewritten = exchange.originTarget !== exchange.target;
    const written = asWritten(exchange, compiled, this.#site);
    const request = isRewritten ? (behindMarkdown(written) ?? written) : written;
    const known = compareWithMemory(head, request);
    const type = parseMediaType(head.fields.get("content-type"));
    const isPage = isHtml(type) || compiled.mapped(request.page) !== undefined;
    const edits = isPage || head.status === 304 ? bypassEdits(head, policy) : undefined;
    const stay = (
      reason: CanonicalRedirectReason,
      detail?: Detail,
    ): FinalOutcome<CanonicalRedirectReason> => {
      const told = detail === undefined ? {} : { detail };
      return edits === undefined
        ? { kind: "declined", reason, ...told }
        : { kind: "amend", reason, fields: edits, ...told };
    };
    const audience = decideAudience(exchange.agent, policy.agents);
    if (audience.kind === "ineligible") return stay(audience.reason);

    const conclude = (canonical: Canonical): Awaitable<FinalOutcome<CanonicalRedirectReason>> =>
      andThen(decideVerdict(request, canonical), (verdict) => {
        const detail = detailOf(request, verdict);
        if (verdict.kind === "declined") return stay(verdict.reason, detail);
        const response = redirectTo(verdict.to, policy);
        return { kind: "respond", reason: "canonical", response, detail };
      });
    const found = (canonical: Canonical): Awaitable<FinalOutcome<CanonicalRedirectReason>> => {
      learn(factOfCanonical(canonical), head, request);
      return conclude(canonical);
    };

    if (head.status !== 200) {
      const fact = factOfStatus(head, request);
      if (fact !== undefined) learn(fact, head, request);
      return stay("status");
    }
    if (known !== undefined) return conclude(known);
    if (!isHtml(type)) {
      return isPage
        ? found({ kind: "stays", reason: "not-html" })
        : { kind: "ineligible", reason: "not-html" };
    }
    const named = linksOfFields(head.fields);
    const decide = (links: readonly CanonicalLink[]): Canonical =>
      decideCanonical(request.page, [...named, ...links], compiled.sameness);
    if (head.hasContent) {
      return scanHead(type, named, policy.maxScan, (links) => found(decide(links)));
    }
    // Without content, only Link fields are known, so their canonical is not remembered.
    return named.length > 0 ? conclude(decide([])) : stay("no-content");
  }
}

function scanHead(
  type: MediaType | undefined,
  named: readonly CanonicalLink[],
  maxBytes: number,
  found: (links: readonly CanonicalLink[]) => Awaitable<FinalOutcome<CanonicalRedirectReason>>,
): ResponseOutcome<CanonicalRedirectReason> {
  const isXml = type?.essence === "application/xhtml+xml";
  const scanner = new HeadScanner(type?.charset, isXml, named.length > 0);
  return {
    kind: "scan",
    maxBytes,
    see(piece, at) {
      if (!scanner.push(piece) && at === "open") return undefined;
      scanner.end();
      return found(scanner.links());
    },
  };
}
