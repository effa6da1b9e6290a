import type { Fields } from "../../http/fields.ts";
import { variesOn } from "../../http/vary.ts";
import { urlOnOrigin } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { ResponseHead } from "../../pipeline/stage.ts";
import type { Canonical } from "./canonical.ts";
import {
  hasSameBytes,
  isOfPage,
  isReusable,
  isSameVersion,
  versionOf,
  type Fact,
  type PageAbout,
  type UnfitReason,
} from "./fact.ts";
import { forbidsIndexing, type HeadStatements } from "./head-facts.ts";
import type { CanonicalMemory } from "./memory.ts";
import { isAnonymousRequest, type PageRequest } from "./request.ts";
import type { CanonicalSite } from "./site.ts";

const LASTING = new Set([301, 308]);
const PASSING = new Set([302, 303, 307]);
const GONE = new Set([404, 410]);
const PAGE = new Set([200, 206, 304]);

/** The fact about an address in a response other than 200; undefined if it has none. */
export function factOfStatus(
  { status, fields }: Pick<ResponseHead, "status" | "fields">,
  { page, compiled: { sameness } }: Pick<PageRequest, "page" | "compiled">,
): Fact | undefined {
  if (GONE.has(status)) return { kind: "gone" };
  if (!LASTING.has(status) && !PASSING.has(status)) return undefined;
  const location = URL.parse(fields.get("location") ?? "", page);
  if (location === null) return undefined;
  const isOurs = location.origin === page.origin || sameness.equivalents.has(location.origin);
  // Redirects to other sites are not followed.
  if (!isOurs) return { kind: "unfit", why: "redirects-elsewhere" };
  const to = urlOnOrigin(location.pathname + location.search, page).href;
  return { kind: "moved", to, isLasting: LASTING.has(status) };
}

/** The fact to remember for a page's canonical. */
export function factOfCanonical(canonical: Canonical): Fact {
  return canonical.kind === "elsewhere"
    ? { kind: "elsewhere", to: canonical.to, source: canonical.source }
    : { kind: "stays", reason: canonical.reason };
}

/** The canonical that a fact states; undefined if the fact is of another kind. */
export function canonicalOfFact(fact: Fact | undefined): Canonical | undefined {
  return fact?.kind === "elsewhere" || fact?.kind === "stays" ? fact : undefined;
}

/** The state of a remembered fact after a response. */
export interface Comparison {
  /** The remembered canonical, if the response is of the same version of the page. */
  readonly canonical?: Canonical | undefined;
  /** Whether the content must be read, since it may name another canonical. */
  readonly isOpen: boolean;
}

const NOTHING_KNOWN: Comparison = { isOpen: true };

/** Compares a response with the remembered fact; deletes the fact if the response outdates it. */
export function compareWithMemory(
  { status, fields }: ResponseHead,
  { key, exchange, site: { memory } }: PageRequest,
  isReadable: boolean,
): Comparison {
  const remembered = memory.size === 0 ? undefined : memory.peek(key);
  if (remembered === undefined) return NOTHING_KNOWN;
  const { fact, version } = remembered;
  const canonical = canonicalOfFact(fact);
  if (status === 200 && isReadable && canonical !== undefined) {
    // Only a strong validator shows that a template was not corrected.
    const isSame = hasSameBytes(version, versionOf(fields));
    return isSame ? { canonical, isOpen: false } : NOTHING_KNOWN;
  }
  const isSame = isSameVersion(version, versionOf(fields));
  const isUnread = status === 200 && isSame !== true && isCoded(fields);
  const isOver = PAGE.has(status)
    ? isUnread || !isOfPage(fact) || isSame === false
    : (LASTING.has(status) || PASSING.has(status) || GONE.has(status)) && isOfPage(fact);
  if (isOver) inBackground(exchange, memory.forget(key));
  return { canonical: isOver || isSame !== true ? undefined : canonical, isOpen: true };
}

/** Whether content has a coding; one that can't be decoded may hide another canonical. */
function isCoded(fields: Fields): boolean {
  const coding = fields.get("content-encoding")?.trim().toLowerCase();
  return coding !== undefined && coding !== "" && coding !== "identity";
}

/** Corrects the remembered fact if a response to another client shows that it is outdated. */
export function correct(
  canonical: Canonical,
  head: ResponseHead,
  request: PageRequest,
  about: PageAbout,
): void {
  const { key, exchange, site } = request;
  const before = canonicalOfFact(site.memory.peek(key)?.fact);
  if (before === undefined || isSameCanonical(before, canonical)) return;
  // A response to one client may state facts for that client only.
  const isForAll = isAnonymousRequest(exchange) && !variesOn(head.fields, "user-agent");
  if (isForAll) learn(factOfCanonical(canonical), head, request, about);
  else inBackground(exchange, site.memory.forget(key));
}

function isSameCanonical(one: Canonical, other: Canonical): boolean {
  return one.kind === "elsewhere" && other.kind === "elsewhere"
    ? one.to === other.to
    : one.kind === other.kind;
}

/** Remembers the fact in a response, unless the response depends on credentials. */
export function learn(
  fact: Fact,
  { fields }: ResponseHead,
  request: PageRequest,
  about?: PageAbout,
): void {
  const { key, markdown, exchange } = request;
  const { keepFor, keyOf } = request.compiled;
  const { memory, sources, now } = request.site;
  if (keepFor === 0 || !isAnonymousRequest(exchange)) return;
  const remembered = {
    fact,
    version: versionOf(fields),
    about: about && { ...about, ...provenBefore(memory, key, about) },
    isReusable: isReusable(fields),
    expires: now() + lifetimeOf(fact, keepFor),
  };
  inBackground(exchange, memory.learn(key, remembered));
  if (fact.kind === "elsewhere") inBackground(exchange, sources.note(remembered.expires));
  if (markdown === undefined || !isOfPage(fact)) return;
  const alias = { ...remembered, fact: { kind: "markdown" } as const };
  inBackground(exchange, memory.learn(keyOf(exchange.url), alias));
}

/** The part of the facts about a page that only the proxy's own request shows. */
function provenBefore(memory: CanonicalMemory, key: string, { title }: PageAbout): PageAbout {
  const before = memory.peek(key)?.about;
  if (before?.title !== title) return {};
  return { sketch: before?.sketch, isReal: before?.isReal };
}

/** Remembers the state of a target, as the proxy's own request found it. */
export function rememberTarget(
  fact: Fact,
  about: PageAbout | undefined,
  { fields }: Pick<ResponseHead, "fields">,
  { key, compiled, exchange }: Pick<PageRequest, "key" | "compiled" | "exchange">,
  { memory, sources, now }: Pick<CanonicalSite, "memory" | "sources" | "now">,
): void {
  const keepFor = Math.max(LEAST_KEPT, compiled.keepFor);
  const remembered = {
    fact,
    version: versionOf(fields),
    about,
    isReusable: isReusable(fields),
    expires: now() + lifetimeOf(fact, keepFor),
  };
  inBackground(exchange, memory.learn(key, remembered));
  if (fact.kind === "elsewhere") inBackground(exchange, sources.note(remembered.expires));
}

/** Seconds for which a target is known, at least. */
const LEAST_KEPT = 60;

/** Seconds, at most: an origin server that fails recovers, and so does a page that is corrected. */
const UNFIT_FOR: Readonly<Record<UnfitReason, number>> = {
  "not-ok": 60,
  "error-page": 600,
  "redirects-elsewhere": 600,
  unreadable: 600,
};

function lifetimeOf(fact: Fact, keepFor: number): number {
  return fact.kind === "unfit" ? Math.min(keepFor, UNFIT_FOR[fact.why]) : keepFor;
}

/** The facts about a page besides its canonical. */
export function aboutOf(fields: Fields, { title, isHidden }: HeadStatements): PageAbout {
  return { title, isHidden: isHidden || isHiddenBy(fields) };
}

/** Directives of X-Robots-Tag with a colon that name no crawler. */
const WITH_VALUE = /^\s*(?:unavailable_after|max-[a-z-]+)\s*:/i;

/** Whether X-Robots-Tag asks all crawlers not to index a response. */
export function isHiddenBy(fields: Fields): boolean {
  const members = (fields.get("x-robots-tag") ?? "").split(",");
  // Directives behind the name of a crawler are for that crawler.
  const named = members.findIndex((each) => each.includes(":") && !WITH_VALUE.test(each));
  return forbidsIndexing(members.slice(0, named === -1 ? members.length : named).join());
}

function inBackground(exchange: Exchange, work: Promise<void> | undefined): void {
  if (work !== undefined) exchange.background(work);
}
