import { isSafeMethod } from "../../http/safe-method.ts";
import { isAssetPath, mayBePage } from "../../http/asset-path.ts";
import { FieldList } from "../../http/fields.ts";
import { problem } from "../../http/problem.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type {
  Awaitable,
  FinalOutcome,
  OwnResponse,
  Reask,
  RequestOutcome,
  ResponseHead,
  ResponseOutcome,
  Stage,
} from "../../pipeline/stage.ts";
import { splitTarget } from "../../http/target.ts";
import { isHtml, isXml, parseMediaType } from "../../http/media-type.ts";
import { completeLength, isByDate, isMultipart } from "../../http/ranges.ts";
import { HtmlDecoder } from "../../http/html-decoder.ts";
import type { ConversionBudget } from "./conversion-budget.ts";
import { asMarkdown } from "./as-markdown.ts";
import { openConversion } from "./convert.ts";
import {
  decideMarkdownRequest,
  decideMarkdownResponse,
  decideNextTarget,
  isOwnMarkdown,
  originMarkdown,
  targetOnOrigin,
  type MarkdownRequest,
} from "./decide.ts";
import { ownAddresses, type FeatureParts, type MarkdownEngine } from "../../feature/parts.ts";
import { engineChooser } from "./engines.ts";
import { ReusablePages } from "./reusable-pages.ts";
import { OriginMarkdown } from "./origin-markdown.ts";
import { markdownFields, pageOptions } from "./page-fields.ts";
import { ReceivedPage, type PageHead } from "./page-head.ts";
import type { MarkdownPolicy } from "./policy.ts";
import { asPage, laterProblem } from "./page-or-markdown.ts";
import type { MarkdownReason } from "./reasons.ts";
import { andThen } from "../../timing/and-then.ts";

/** The parts of the stage. */
interface MarkdownStageOptions extends Pick<
  FeatureParts,
  | "engine"
  | "loadTurndown"
  | "store"
  | "generations"
  | "now"
  | "originServer"
  | "originServers"
  | "onStoreFault"
> {
  /** The conversions that networks may cause. */
  readonly budget: ConversionBudget;
}

/** A response as the stage sees it, and what was requested. */
interface Page {
  readonly head: ResponseHead;
  readonly exchange: Exchange;
  readonly policy: MarkdownPolicy;
  readonly facts: PageHead;
  readonly request: MarkdownRequest;
  /** The target of the page itself. */
  readonly target: string;
}

/** Serves a page as markdown if the request asks for it, by Accept or by address. */
export class MarkdownStage implements Stage<MarkdownPolicy, MarkdownReason> {
  readonly varyOn = ["Accept"];
  readonly #originServers: readonly string[];
  readonly #budget: ConversionBudget;
  readonly #engineOf: ReturnType<typeof engineChooser>;
  readonly #cached: ReusablePages;
  readonly #seen = new OriginMarkdown();

  constructor(options: MarkdownStageOptions) {
    this.#originServers = ownAddresses(options);
    this.#budget = options.budget;
    this.#engineOf = engineChooser(options.engine, options.loadTurndown);
    this.#cached = new ReusablePages(options);
  }

  onRequest(exchange: Exchange, policy: MarkdownPolicy): Awaitable<RequestOutcome<MarkdownReason>> {
    const request = decide(exchange, policy);
    if (!isSafeMethod(exchange.method)) return { kind: "forward", reason: "may-change-the-page" };
    if (request.kind !== "wanted") {
      const injects = policy.directive !== false && request.kind === "declined";
      // The content changes, so the whole is needed, in a coding that the proxy can decode.
      if (!injects || isAssetPath(exchange.url.pathname)) return request;
      if (!mayBePage(exchange.url.pathname, exchange.field("sec-fetch-dest"))) {
        return { kind: "forward", reason: "directive" };
      }
      return { kind: "forward", reason: "directive", reads: true, keepsRange: true };
    }
    const { by: reason, page } = request;
    this.#cached.begin(exchange, page);
    const own = this.#seen.targetFor(request, exchange, policy);
    if (own !== undefined) {
      const otherwise = { target: page, variant: "md" };
      const method = methodOf(exchange, page);
      return { kind: "forward", reason, reads: true, target: own, otherwise, ...method };
    }
    const forward = {
      kind: "forward",
      reason,
      reads: true,
      target: page,
      variant: "md",
      ...methodOf(exchange, page),
      // With Accept, the target may not be a page; with an address in `.md`, it is one.
      ...(reason === "accept" ? ({ keepsRange: true } as const) : {}),
    } as const;
    return andThen(this.#cached.find(exchange, page, policy), (reusable) =>
      reusable === undefined ? forward : { ...forward, reusable },
    );
  }

  onOriginHead(
    head: ResponseHead,
    exchange: Exchange,
    policy: MarkdownPolicy,
    targets: readonly string[],
  ): Reask<MarkdownReason> | undefined {
    const request = decide(exchange, policy);
    const facts = new ReceivedPage(head, exchange, this.#originServers);
    if (wantsWhole(request, head, exchange, policy)) {
      const target = exchange.originTarget;
      const variant = request.kind === "wanted" ? { variant: "md" } : {};
      return { reason: "whole", target, whole: true, ...variant };
    }
    if (request.kind !== "wanted") return undefined;
    const next = decideNextTarget(request, exchange.target, facts, targets);
    if (next === undefined) return undefined;
    if (next.reason === "no-own-markdown") this.#seen.forget(exchange, request.page);
    // A file named in the request is sent as it is.
    return next.reason === "as-named" ? next : { ...next, variant: "md" };
  }

  onResponse(
    head: ResponseHead,
    exchange: Exchange,
    policy: MarkdownPolicy,
  ): Awaitable<ResponseOutcome<MarkdownReason>> {
    const { fields } = head;
    if (!isSafeMethod(exchange.method)) {
      // RFC 9111 §4.4: stored markdown may be outdated.
      if (head.status < 400) this.#cached.forget(exchange, policy);
      return { kind: "ineligible", reason: "method" };
    }
    const facts = new ReceivedPage(head, exchange, this.#originServers);
    const request = decide(exchange, policy);
    const isOwn = isOwnMarkdown(head.status, facts.type);
    if (isOwn) this.#seen.found(exchange);
    const target = request.kind === "wanted" ? request.page : exchange.target;
    this.#cached.outdate(exchange, target, head, policy);
    if (fields.get("link") !== undefined) {
      this.#seen.learn(exchange, target, originMarkdown(fields.get("link"), facts.page));
    }
    // Plain text at an address of markdown is the origin server's own markdown.
    if (isOwn && request.kind === "wanted" && target !== exchange.originTarget) {
      return { kind: "declined", reason: "origin-has-markdown" };
    }
    return this.#answer({ head, exchange, policy, facts, request, target });
  }

  #answer(page: Page): Awaitable<ResponseOutcome<MarkdownReason>> {
    const { head, exchange, policy, facts, request } = page;
    const accept = exchange.field("accept");
    const response = decideMarkdownResponse(request, accept, facts, policy);
    switch (response.kind) {
      case "declined":
      case "ineligible":
        return response;
      case "redirect":
        const set = [["location", response.location]] as const;
        return { kind: "amend", reason: "redirect", fields: { set } };
      case "missing":
        return refuse("missing", problem("not-found", MISSING, accept));
      case "refuse":
        return refuse(response.reason, problem("not-acceptable", FORMS, accept));
      case "page":
        return this.#asPage(response.reason, page);
      case "convert": {
        if (head.hasContent && !this.#budget.has(exchange)) return this.#overBudget(page);
        return andThen(this.#engineOf(policy), (engine) => this.#asMarkdown(engine, page));
      }
    }
  }

  /** Sends the HTML instead; for an address in `.md`, which has none, the problem document. */
  #overBudget(page: Page): ResponseOutcome<MarkdownReason> {
    const { request, exchange } = page;
    if (request.kind === "wanted" && request.by === "address") {
      return refuse("over-budget", laterProblem(exchange.field("accept")));
    }
    return this.#asPage("over-budget", page);
  }

  #asPage(
    reason: Parameters<typeof asPage>[0],
    { head, exchange, policy, facts, target }: Page,
  ): FinalOutcome<MarkdownReason> {
    return asPage(reason, facts, head.fields, policy, (address) => {
      this.#seen.learn(exchange, target, targetOnOrigin(address, facts.page));
    });
  }

  #asMarkdown(engine: MarkdownEngine, page: Page): ResponseOutcome<MarkdownReason> {
    const { head, exchange, policy, facts, target } = page;
    const { status, hasContent } = head;
    const { type } = facts;
    const fields = FieldList.from([...head.fields.lines()].flat());
    const options = pageOptions(facts.page, policy, {
      modified: fields.get("last-modified"),
      isXml: isXml(type),
    });
    return asMarkdown({
      open: () =>
        openConversion(
          engine.open(options),
          new HtmlDecoder(type?.charset, options.isXml),
          policy.maxBytes,
          (address) => this.#seen.learn(exchange, target, targetOnOrigin(address, facts.page)),
          (milliseconds) => this.#budget.spend(exchange, milliseconds),
        ),
      recorder: this.#cached.recorder(exchange, target, { status, fields }, policy),
      largest: this.#cached.largest,
      hasContent,
      policy,
      fieldsOf: (made) => markdownFields(exchange, facts.page, fields, policy, made),
      asPage: () => this.#asScriptPage(page),
    });
  }

  /** What is sent for a page that only a script renders, if a rule wants no markdown of it. */
  #asScriptPage(page: Page): FinalOutcome<MarkdownReason> {
    if (page.policy.onScriptOnly === "html") return this.#asPage("script-only", page);
    const response = problem("not-acceptable", SCRIPT_ONLY, page.exchange.field("accept"));
    return { kind: "respond", reason: "script-only", response };
  }
}

/** A HEAD needs the content: the fields of its response depend on the head of the page. */
function methodOf({ method }: Exchange, page: string): { readonly method?: "GET" } {
  return method === "HEAD" && !isAssetPath(splitTarget(page).path) ? { method: "GET" } : {};
}

const MISSING = "The page of this markdown does not exist.";
const SCRIPT_ONLY =
  "Only a script renders this page: it is available as text/html, not as markdown.";
const FORMS = "This page is available as text/html and text/markdown.";

function refuse(reason: MarkdownReason, response: OwnResponse): ResponseOutcome<MarkdownReason> {
  return { kind: "respond", reason, response };
}

function decide(exchange: Exchange, policy: MarkdownPolicy): MarkdownRequest {
  const { method, target } = exchange;
  return decideMarkdownRequest({ method, target, accept: exchange.field("accept") }, policy);
}

/**
 * Whether to request the whole: to convert it, or if a client may continue a page with our hint.
 */
function wantsWhole(
  request: MarkdownRequest,
  { status, fields }: ResponseHead,
  exchange: Exchange,
  { directive, maxBytes }: MarkdownPolicy,
): boolean {
  if (status !== 206) return false;
  const type = parseMediaType(fields.get("content-type"));
  if (request.kind === "wanted") {
    return isHtml(type) && (completeLength(fields.get("content-range")) ?? 0) <= maxBytes;
  }
  if (directive === false || !isByDate(exchange.field("if-range"))) return false;
  return isHtml(type) || (isMultipart(type) && !isAssetPath(exchange.url.pathname));
}
