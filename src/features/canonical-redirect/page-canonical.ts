import type { Fields } from "../../http/fields.ts";
import { parseLinks } from "../../http/link.ts";
import {
  decideCanonical,
  linksOfFields,
  MAX_HREF,
  MAX_LINKS,
  resolveLink,
  samePage,
  type Canonical,
  type CanonicalLink,
  type Sameness,
} from "./canonical.ts";
import type { HeadAddress, HeadStatements } from "./head-facts.ts";
import { isOtherLanguage } from "./language.ts";
import { leadsToFirstPage, type CountsPages } from "./pagination.ts";

/** The parts of a rule's options that decide a page's canonical. */
export interface CanonicalOptions {
  readonly sameness: Sameness;
  readonly countsPages: CountsPages;
}

/**
 * Decides from all that a page states about its canonical, in its Link fields and its head: where
 * the canonical would lose content, the page stays.
 *
 * @param page the page's URL on the public origin
 */
export function decidePageCanonical(
  page: URL,
  fields: Fields,
  head: HeadStatements,
  options: CanonicalOptions,
): Canonical {
  const { sameness } = options;
  const named = decideCanonical(page, [...linksOfFields(fields), ...head.links], sameness);
  if (named.kind === "stays") {
    const refreshed = ifRefreshed(page, named, head, sameness);
    if (refreshed !== undefined) return refreshed;
    const isUnread = named.reason === "no-canonical" && head.isCut;
    return isUnread ? { kind: "stays", reason: "scan-cut" } : named;
  }
  const to = new URL(named.to);
  if (leadsToFirstPage(seriesOf(page, fields, head), to, options.countsPages)) {
    return { kind: "stays", reason: "canonical-first-page", named: named.to };
  }
  const versions = languagesOf(page, fields, head, sameness);
  const keyOf = (url: URL): string => samePage(url, sameness);
  if (isOtherLanguage(keyOf(page), keyOf(to), versions, head.language)) {
    return { kind: "stays", reason: "canonical-other-language", named: named.to };
  }
  return named;
}

/** A refresh counts as the canonical of a page that names no other. */
function ifRefreshed(
  page: URL,
  { reason }: Extract<Canonical, { kind: "stays" }>,
  { refresh }: HeadStatements,
  sameness: Sameness,
): Canonical | undefined {
  const isOpen =
    reason === "no-canonical" || reason === "canonical-empty" || reason === "canonical-is-self";
  if (refresh === undefined || !isOpen) return undefined;
  const link: CanonicalLink = { ...refresh, source: "meta-refresh" };
  const led = decideCanonical(page, [link], sameness);
  return led.kind === "elsewhere" ? led : undefined;
}

function seriesOf(page: URL, fields: Fields, head: HeadStatements) {
  const links = parseLinks(fields.get("link")).slice(0, MAX_LINKS);
  const named = (...relations: string[]): HeadAddress[] =>
    links.filter(({ rel }) => relations.some((each) => rel.includes(each)));
  return {
    page,
    previous: resolveAll(page, [...named("prev", "previous"), ...head.previous]),
    next: resolveAll(page, [...named("next"), ...head.next]),
  };
}

function resolveAll(page: URL, addresses: readonly HeadAddress[]): URL[] {
  return addresses.flatMap(({ href, base }) => {
    if (href.trim() === "" || href.length > MAX_HREF) return [];
    const url = URL.parse(href, (base === undefined ? null : URL.parse(base, page)) ?? page);
    if (url === null) return [];
    url.hash = "";
    return [url];
  });
}

function languagesOf(page: URL, fields: Fields, head: HeadStatements, sameness: Sameness) {
  const inFields = parseLinks(fields.get("link")).flatMap(({ rel, href, language }) =>
    rel.includes("alternate") && language !== undefined ? [{ href, language }] : [],
  );
  return [...inFields, ...head.languages].flatMap(({ language, ...link }) => {
    const url = resolveLink({ ...link, source: "link-element" }, page, sameness);
    return url === undefined ? [] : [{ key: samePage(url, sameness), language }];
  });
}
