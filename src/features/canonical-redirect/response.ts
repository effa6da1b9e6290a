import { isHtml, parseMediaType, type MediaType } from "../../http/media-type.ts";
import type {
  Awaitable,
  Detail,
  FinalOutcome,
  ResponseHead,
  ResponseOutcome,
} from "../../pipeline/stage.ts";
import { andThen } from "../../timing/and-then.ts";
import { decideAudience } from "./audience.ts";
import { bypassEdits, redirectTo } from "./caching.ts";
import { linksOfFields, type Canonical } from "./canonical.ts";
import type { PageAbout } from "./fact.ts";
import { NO_HEAD, type HeadStatements } from "./head-facts.ts";
import { HeadScanner } from "./head-scan.ts";
import {
  aboutOf,
  compareWithMemory,
  correct,
  factOfCanonical,
  factOfStatus,
  learn,
} from "./learn.ts";
import { decidePageCanonical } from "./page-canonical.ts";
import type { CanonicalRedirectReason } from "./reasons.ts";
import { behindMarkdown, type PageRequest } from "./request.ts";
import { settleVerdict } from "./settle.ts";
import { detailOf } from "./verdict.ts";

type Outcome = FinalOutcome<CanonicalRedirectReason>;

/**
 * Decides the outcome for a response of the origin server, and learns from it.
 *
 * @param written the request for the address as written
 */
export function decideResponse(
  head: ResponseHead,
  written: PageRequest,
): Awaitable<ResponseOutcome<CanonicalRedirectReason>> {
  const { exchange, compiled } = written;
  const isRewritten = exchange.originTarget !== exchange.target;
  const request = isRewritten ? (behindMarkdown(written) ?? written) : written;
  const type = parseMediaType(head.fields.get("content-type"));
  const stay = stayWith(head, type, request);
  const audience = decideAudience(exchange.agent, compiled.policy.agents);
  return audience.kind === "eligible"
    ? decideForCrawler(head, type, request, stay)
    : watch(head, type, request, () => stay(audience.reason));
}

type Stay = (reason: CanonicalRedirectReason, detail?: Detail) => Outcome;

/** The outcome if the client gets the page. */
function stayWith(
  head: ResponseHead,
  type: MediaType | undefined,
  { compiled, page }: PageRequest,
): Stay {
  const isPage = isHtml(type) || compiled.mapped(page) !== undefined;
  const edits = isPage || head.status === 304 ? bypassEdits(head, compiled.policy) : undefined;
  return (reason, detail) => {
    const told = detail === undefined ? {} : { detail };
    return edits === undefined
      ? { kind: "declined", reason, ...told }
      : { kind: "amend", reason, fields: edits, ...told };
  };
}

function decideForCrawler(
  head: ResponseHead,
  type: MediaType | undefined,
  request: PageRequest,
  stay: Stay,
): Awaitable<ResponseOutcome<CanonicalRedirectReason>> {
  const { compiled, page } = request;
  const { policy } = compiled;
  const isScanned = isHtml(type) && head.hasContent && head.isReadable;
  const known = compareWithMemory(head, request, isScanned).canonical;
  const conclude = (canonical: Canonical, about?: PageAbout): Awaitable<Outcome> =>
    andThen(settleVerdict({ ...request, about }, canonical), (verdict) => {
      const detail = detailOf(request, verdict);
      if (verdict.kind === "declined") return stay(verdict.reason, detail);
      const response = redirectTo(verdict.to, policy);
      return { kind: "respond", reason: "canonical", response, detail };
    });
  if (head.status !== 200) {
    const fact = factOfStatus(head, request);
    if (fact !== undefined) learn(fact, head, request);
    return stay("status");
  }
  if (known !== undefined) return conclude(known);
  const decide = (facts: HeadStatements): Canonical =>
    decidePageCanonical(page, head.fields, facts, compiled);
  const found = (canonical: Canonical, facts: HeadStatements): Awaitable<Outcome> => {
    const about = aboutOf(head.fields, facts);
    learn(factOfCanonical(canonical), head, request, about);
    if (canonical.kind === "stays") noteStay(request, about);
    return conclude(canonical, about);
  };
  if (!isHtml(type)) return decideOther(head, type, request, found);
  if (head.hasContent) {
    return scanHead(head, type, policy.maxScan, (facts) => found(decide(facts), facts));
  }
  // Without content, only Link fields are known, so their canonical is not remembered.
  const hasLink = linksOfFields(head.fields).length > 0;
  return hasLink ? conclude(decide(NO_HEAD)) : stay("no-content");
}

/** Content that is not HTML has its canonical in a Link field (RFC 6596 §3), or in a map. */
function decideOther(
  { fields }: ResponseHead,
  type: MediaType | undefined,
  { compiled, page }: PageRequest,
  found: (canonical: Canonical, facts: HeadStatements) => Awaitable<Outcome>,
): Awaitable<Outcome> {
  const isLinked = type !== undefined && compiled.isLinked(type.essence);
  if (isLinked && linksOfFields(fields).length > 0) {
    return found(decidePageCanonical(page, fields, NO_HEAD, compiled), NO_HEAD);
  }
  return compiled.mapped(page) === undefined
    ? { kind: "ineligible", reason: "not-html" }
    : found({ kind: "stays", reason: "not-html" }, NO_HEAD);
}

/** Corrects a remembered canonical by the response to a client that no rule redirects. */
function watch(
  head: ResponseHead,
  type: MediaType | undefined,
  request: PageRequest,
  done: () => Outcome,
): ResponseOutcome<CanonicalRedirectReason> {
  const { compiled, page, key, site } = request;
  const isHtmlPage = isHtml(type) && head.status === 200;
  const isScanned = isHtmlPage && head.hasContent && head.isReadable;
  const { isOpen } = compareWithMemory(head, request, isScanned);
  const { fact } = site.memory.peek(key) ?? {};
  // A page that is not redirected is read anyway when a crawler comes.
  if (!isOpen || fact?.kind !== "elsewhere" || head.status !== 200) return done();
  const decide = (facts: HeadStatements): Outcome => {
    const canonical = decidePageCanonical(page, head.fields, facts, compiled);
    const about = aboutOf(head.fields, facts);
    correct(canonical, head, request, about);
    if (canonical.kind === "stays") noteStay(request, about);
    return done();
  };
  if (!isHtmlPage) return head.hasContent ? decide(NO_HEAD) : done();
  return isScanned ? scanHead(head, type, compiled.policy.maxScan, decide) : done();
}

/** Counts a page that names no other: it closes a valve that it has helped to open. */
function noteStay({ page, key, exchange, site }: PageRequest, about: PageAbout): void {
  site.valve.see({ page, key, about }, undefined, (work) => exchange.background(work));
}

function scanHead(
  { fields }: ResponseHead,
  type: MediaType | undefined,
  maxBytes: number,
  found: (facts: HeadStatements) => Awaitable<Outcome>,
): ResponseOutcome<CanonicalRedirectReason> {
  const isXml = type?.essence === "application/xhtml+xml";
  const hasField = linksOfFields(fields).length > 0;
  const scanner = new HeadScanner(type?.charset, isXml, hasField);
  return {
    kind: "scan",
    maxBytes,
    see(piece, at) {
      if (!scanner.push(piece) && at === "open") return undefined;
      scanner.end();
      return found(scanner.facts(at === "limit"));
    },
  };
}
