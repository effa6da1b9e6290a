import { PROTECTED_RESOURCE } from "../../http/discovery/json-kinds.ts";
import { splitList } from "../../http/list.ts";
import { parseAccept } from "../../http/negotiate.ts";
import { validPathPattern } from "../../http/path-pattern.ts";

/** A response that may ask for authorization, and its request. */
export interface Challenge {
  readonly status: number;
  readonly location: string | undefined;
  readonly authenticate: string | undefined;
  /** The target URI. */
  readonly url: URL;
  /** The request's Accept and Sec-Fetch-Mode. */
  readonly accept: string | undefined;
  readonly fetchMode: string | undefined;
}

/** The decision on a response. */
type ChallengeDecision =
  | {
      readonly kind: "none";
      readonly reason: "no-challenge" | "no-metadata" | "origin-has-its-own" | "browser";
    }
  | { readonly kind: "name" | "refuse"; readonly value: string };

/** Statuses of redirects to another page for this request. */
const REDIRECTS = new Set([302, 303, 307]);

/**
 * Decides about a 401 (RFC 9728 §5.1), or a redirect to a login page, of the origin server.
 *
 * @param metadata the path or URL of the resource's metadata, if it is known
 */
export function decideChallenge(
  challenge: Challenge,
  metadata: string | undefined,
  login: readonly string[],
): ChallengeDecision {
  const { status, location, authenticate, url, accept, fetchMode } = challenge;
  const isLogin = REDIRECTS.has(status) && leadsToLogin(location, url, login);
  if (status !== 401 && !isLogin) return { kind: "none", reason: "no-challenge" };
  if (metadata === undefined) return { kind: "none", reason: "no-metadata" };
  const value = `Bearer resource_metadata="${new URL(metadata, url).href}"`;
  if (isLogin) {
    const isBrowser = fetchMode !== undefined || takesHtml(accept);
    return isBrowser ? { kind: "none", reason: "browser" } : { kind: "refuse", value };
  }
  return namesMetadata(authenticate)
    ? { kind: "none", reason: "origin-has-its-own" }
    : { kind: "name", value };
}

/** The metadata of a path: that of the longest resource that has it, since its path is in the well-known one's. */
export function metadataFor(path: string, documents: Iterable<string>): string | undefined {
  let best: string | undefined;
  for (const at of documents) {
    if (at !== PROTECTED_RESOURCE && !at.startsWith(`${PROTECTED_RESOURCE}/`)) continue;
    const resource = at.slice(PROTECTED_RESOURCE.length).replace(/\/$/, "");
    const isIn = path === resource || path.startsWith(`${resource}/`);
    if (isIn && at.length > (best?.length ?? 0)) best = at;
  }
  return best;
}

/** Whether one of the challenges has the parameter; a realm may have the word in its quotes. */
function namesMetadata(authenticate: string | undefined): boolean {
  return splitList(authenticate ?? "").some((part) =>
    /^(?:[\w.~+-]+[ \t]+)?resource_metadata[ \t]*=/i.test(part.trim()),
  );
}

function leadsToLogin(location: string | undefined, from: URL, login: readonly string[]): boolean {
  if (location === undefined || login.length === 0) return false;
  const to = URL.parse(location, from);
  if (to === null) return false;
  return login.some((page) =>
    page.startsWith("/")
      ? to.host === from.host && validPathPattern(page).test(to.pathname)
      : isPageOf(to, new URL(page)),
  );
}

function isPageOf(to: URL, page: URL): boolean {
  return to.origin === page.origin && to.pathname === page.pathname;
}

/** Whether Accept names HTML, as browsers do; a wildcard does not count. */
function takesHtml(accept: string | undefined): boolean {
  return parseAccept(accept).some(({ type, q }) => type === "text/html" && q > 0);
}
