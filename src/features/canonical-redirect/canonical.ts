import type { Fields } from "../../http/fields.ts";
import { withoutIndex } from "../../http/index-page.ts";
import { parseLinks } from "../../http/link.ts";
import { normalizeEscapes } from "../../http/path-escapes.ts";
import { canonicalPath } from "../../http/canonical-path.ts";
import { isOnWeb, urlOnOrigin } from "../../http/target.ts";

/** The source of a canonical link. */
export type CanonicalSource = "link-field" | "link-element" | "meta-refresh" | "both" | "map";

/** A canonical link as written, and the document's base URL if it has one. */
export interface CanonicalLink {
  readonly href: string;
  readonly base?: string | undefined;
  readonly source: "link-field" | "link-element" | "meta-refresh";
}

/** Canonicals in Link fields (RFC 8288). */
export function linksOfFields(fields: Fields): CanonicalLink[] {
  return parseLinks(fields.get("link"))
    .filter(({ rel }) => rel.includes("canonical"))
    .map(({ href }) => ({ href, source: "link-field" }));
}

/** Reasons for which a page is not redirected: it names no other page of the site. */
export const STAY_REASONS = [
  "no-canonical",
  "canonical-empty",
  "canonical-invalid",
  "canonical-placeholder",
  "canonical-fragment",
  "canonical-first-page",
  "canonical-other-language",
  "scan-cut",
  "canonicals-conflict",
  "canonical-cross-origin",
  "canonical-is-self",
  "not-html",
] as const;

export type StayReason = (typeof STAY_REASONS)[number];

/** The longest address that is read; a longer one counts as invalid. */
export const MAX_HREF = 4096;

/** The most addresses that are read in the fields, and in the head; with so many, they conflict. */
export const MAX_LINKS = 16;

/** A page's statement of its canonical address. */
export type Canonical =
  | { readonly kind: "elsewhere"; readonly to: string; readonly source: CanonicalSource }
  | { readonly kind: "stays"; readonly reason: StayReason; readonly named?: string };

/** The rules' statement of which URLs mean the same page. */
export interface Sameness {
  /** Other names of the public origin, including the origin server's own. */
  readonly equivalents: ReadonlySet<string>;
  /** Whether a query parameter does not change the page. */
  isIgnored(parameter: string): boolean;
}

/**
 * Decides from the canonical links that a page names (RFC 6596).
 *
 * @param page the page's URL on the public origin, which relative links are resolved against
 */
export function decideCanonical(
  page: URL,
  links: readonly CanonicalLink[],
  sameness: Sameness,
): Canonical {
  if (links.length > 2 * MAX_LINKS) return { kind: "stays", reason: "canonicals-conflict" };
  const targets = new Map<string, string>();
  const sources = new Set<CanonicalSource>();
  for (const link of links) {
    // An empty href makes no link (HTML §4.6.7).
    if (link.href.trim() === "") continue;
    const fault = faultOf(link.href);
    if (fault !== undefined) return { kind: "stays", reason: fault, named: link.href };
    const target = resolveLink(link, page, sameness);
    if (target === undefined) return { kind: "stays", reason: "canonical-invalid" };
    sources.add(link.source);
    const same = samePage(target, sameness);
    if (!targets.has(same)) targets.set(same, target.href);
  }
  const [first, other] = targets;
  if (first === undefined) {
    return { kind: "stays", reason: links.length === 0 ? "no-canonical" : "canonical-empty" };
  }
  if (other !== undefined) return { kind: "stays", reason: "canonicals-conflict" };
  const [, to] = first;
  if (new URL(to).origin !== page.origin) {
    return { kind: "stays", reason: "canonical-cross-origin", named: to };
  }
  if (comparable(new URL(to), sameness) === comparable(page, sameness))
    return { kind: "stays", reason: "canonical-is-self" };
  const [source = "link-element", more] = sources;
  return { kind: "elsewhere", to, source: more === undefined ? source : "both" };
}

/** An address that a template has not filled in: none of these characters occurs in a URL. */
const PLACEHOLDER = /\{\{|\}\}|\{%|%\}|<%|%>|\$\{|\[object |%7b%7b|%7d%7d|%7b%25/i;

/** Fragments that address a page of an app, and not a part of the page (`#!/`, `#/`). */
const APP_FRAGMENT = /#(?:!|\/)/;

/** Why an address as written can't be that of a page. */
function faultOf(href: string): "canonical-placeholder" | "canonical-fragment" | undefined {
  if (href.length > MAX_HREF) return undefined;
  if (PLACEHOLDER.test(href)) return "canonical-placeholder";
  return APP_FRAGMENT.test(href) ? "canonical-fragment" : undefined;
}

/** The text by which canonicals are compared: `/dir/` and `/dir/index.html` are one page. */
export function samePage(url: URL, sameness: Pick<Sameness, "isIgnored">): string {
  const page = new URL(url);
  page.pathname = withoutIndex(page.pathname);
  return comparable(page, sameness);
}

/** A text that is equal for two URLs of one page; fragment and order of parameters count. */
export function comparable(url: URL, { isIgnored }: Pick<Sameness, "isIgnored">): string {
  const path = canonicalPath(url.pathname);
  return url.origin + path + significantQuery(url.search, isIgnored);
}

function significantQuery(search: string, isIgnored: (parameter: string) => boolean): string {
  if (search === "") return "";
  const parts = normalizeEscapes(search.slice(1))
    .split("&")
    .filter((part) => part !== "" && !isIgnored(part.split("=", 1)[0] ?? ""));
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** Resolves a link to an http(s) URL without fragment, on the public origin if it is the site's. */
export function resolveLink(
  { href, base }: CanonicalLink,
  page: URL,
  { equivalents }: Sameness,
): URL | undefined {
  if (href.length > MAX_HREF) return undefined;
  // A base of `data:` or `javascript:` is ignored (HTML §4.2.3).
  const baseUrl = base === undefined ? null : URL.parse(base, page);
  const url = URL.parse(href, isOnWeb(baseUrl) ? baseUrl : page);
  if (!isOnWeb(url)) return undefined;
  // RFC 9110 §4.2.4: user information is never generated.
  if (url.username !== "" || url.password !== "") return undefined;
  url.hash = "";
  return equivalents.has(url.origin) ? urlOnOrigin(url.pathname + url.search, page) : url;
}

/** Compiles names such as "utm_*" and "ref" into a test of parameter names. */
export function parameterMatcher(names: readonly string[]): (parameter: string) => boolean {
  if (names.length === 0) return () => false;
  const exact = new Set(names.filter((name) => !name.endsWith("*")));
  const prefixes = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
