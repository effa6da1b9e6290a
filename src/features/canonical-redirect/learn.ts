import { urlOnOrigin } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { ResponseHead } from "../../pipeline/stage.ts";
import type { Canonical } from "./canonical.ts";
import { isReusable, isSameVersion, versionOf, type Fact } from "./fact.ts";
import { isAnonymousRequest, type PageRequest } from "./request.ts";

const LASTING = new Set([301, 308]);
const PASSING = new Set([302, 303, 307]);
const GONE = new Set([404, 410]);
const PAGE = new Set([200, 206, 304]);

/** The fact about an address in a response other than 200; undefined if it has none. */
export function factOfStatus(
  { status, fields }: ResponseHead,
  { page, compiled: { sameness } }: PageRequest,
): Fact | undefined {
  if (GONE.has(status)) return { kind: "gone" };
  if (!LASTING.has(status) && !PASSING.has(status)) return undefined;
  const location = URL.parse(fields.get("location") ?? "", page);
  if (location === null) return undefined;
  const isOurs = location.origin === page.origin || sameness.equivalents.has(location.origin);
  // Redirects to other sites are not followed.
  if (!isOurs) return undefined;
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

/** The remembered canonical if this response is of the same version; deletes an outdated one. */
export function compareWithMemory(
  { status, fields }: ResponseHead,
  { key, exchange, site: { memory } }: PageRequest,
): Canonical | undefined {
  const remembered = memory.size === 0 ? undefined : memory.peek(key);
  if (remembered === undefined) return undefined;
  const isSame = isSameVersion(remembered.version, versionOf(fields));
  const isOver = PAGE.has(status)
    ? !isOfPage(remembered.fact) || isSame === false
    : (LASTING.has(status) || PASSING.has(status) || GONE.has(status)) && isOfPage(remembered.fact);
  if (isOver) inBackground(exchange, memory.forget(key));
  return isOver || isSame !== true ? undefined : canonicalOfFact(remembered.fact);
}

function isOfPage({ kind }: Fact): boolean {
  return kind === "elsewhere" || kind === "stays" || kind === "markdown";
}

/** Remembers the fact in a response, unless the response depends on credentials. */
export function learn(fact: Fact, { fields }: ResponseHead, request: PageRequest): void {
  const { key, markdown, exchange } = request;
  const { keepFor, keyOf } = request.compiled;
  const { memory, now } = request.site;
  if (keepFor === 0 || !isAnonymousRequest(exchange)) return;
  const remembered = {
    fact,
    version: versionOf(fields),
    isReusable: isReusable(fields),
    expires: now() + keepFor,
  };
  inBackground(exchange, memory.learn(key, remembered));
  if (markdown === undefined || !isOfPage(fact)) return;
  const alias = { ...remembered, fact: { kind: "markdown" } as const };
  inBackground(exchange, memory.learn(keyOf(exchange.url), alias));
}

function inBackground(exchange: Exchange, work: Promise<void> | undefined): void {
  if (work !== undefined) exchange.background(work);
}
