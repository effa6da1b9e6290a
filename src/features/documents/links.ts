import { API_CATALOG } from "../../http/discovery/kinds.ts";
import type { DiscoveryDocuments } from "../../http/discovery/document.ts";
import { isObject, parseJson } from "../../http/json.ts";
import { parseLinks } from "../../http/link.ts";

/** A link that the home page gets. */
interface HomeLink {
  readonly rel: string;
  /** Absolute. */
  readonly href: string;
  readonly type?: string | undefined;
  /** The resource that the link is about, if it is not the home page. */
  readonly anchor?: string | undefined;
}

/** Relations of an API catalog that the home page repeats (RFC 8631). */
const OF_APIS = ["service-desc", "service-doc"];

/** The most links of one catalog on the home page. */
const MOST = 10;

/** The links to the documents that exist. @param lists whether the site has an llms.txt */
function homeLinks(documents: DiscoveryDocuments, origin: string, lists: boolean): HomeLink[] {
  const links: HomeLink[] = [];
  const catalog = documents.get(API_CATALOG);
  if (catalog !== undefined) {
    links.push({
      rel: "api-catalog",
      href: origin + API_CATALOG,
      type: "application/linkset+json",
    });
    links.push(...linksOfApis(catalog.content, origin));
  }
  if (lists) links.push({ rel: "describedby", href: `${origin}/llms.txt`, type: "text/plain" });
  return links;
}

function linksOfApis(content: string, origin: string): HomeLink[] {
  const value = parseJson(content);
  const contexts = isObject(value) && Array.isArray(value["linkset"]) ? value["linkset"] : [];
  const links = (contexts as unknown[]).flatMap((context): HomeLink[] => {
    if (!isObject(context)) return [];
    const anchor = hrefOf(context["anchor"], origin);
    const about = anchor === undefined || anchor === `${origin}/` ? undefined : anchor;
    return OF_APIS.flatMap((rel) => {
      const targets = Array.isArray(context[rel]) ? (context[rel] as unknown[]) : [];
      return targets.flatMap((target) => {
        const href = isObject(target) ? hrefOf(target["href"], origin) : undefined;
        if (href === undefined) return [];
        const type =
          isObject(target) && typeof target["type"] === "string" ? target["type"] : undefined;
        return [{ rel, href, type, anchor: about }];
      });
    });
  });
  return links.slice(0, MOST);
}

/** An absolute URL, without characters that end a URL in Link. */
function hrefOf(href: unknown, origin: string): string | undefined {
  return typeof href === "string" ? URL.parse(href, `${origin}${API_CATALOG}`)?.href : undefined;
}

/**
 * The lines of Link for the home page; relations that the origin server's own Link has are left out.
 *
 * @param own the origin server's Link
 */
export function linkLines(
  documents: DiscoveryDocuments,
  origin: string,
  lists: boolean,
  own: string | undefined,
): readonly (readonly [name: string, value: string])[] {
  const known = new Set(parseLinks(own).flatMap(({ rel }) => rel));
  return homeLinks(documents, origin, lists)
    .filter(({ rel }) => !known.has(rel))
    .map((link) => ["link", formatLink(link)] as const);
}

function formatLink({ rel, href, type, anchor }: HomeLink): string {
  const about = anchor === undefined ? "" : `; anchor="${anchor}"`;
  const hint = type === undefined ? "" : `; type="${type.replaceAll(/[\\"]/g, "\\$&")}"`;
  return `<${href}>; rel="${rel}"${hint}${about}`;
}
