import { isPublicAddress } from "../../agent/public-address.ts";
import type { AuditedPage } from "../../audit/page.ts";
import type { AuditedSite } from "../../audit/site.ts";
import { isOnWeb } from "../../http/target.ts";

/** The public origin of a site, and the part of the site that names it. */
export interface PublicOriginFound {
  readonly origin: string;
  readonly from: "address" | "canonicals" | "sitemap" | "robots.txt";
}

/**
 * Finds the public origin: the address that was read or, for a site on this machine or in an inner network, the
 * one that its canonicals name, else its sitemap, else robots.txt.
 */
export function findPublicOrigin(
  site: AuditedSite,
  pages: readonly AuditedPage[],
  ofSitemap: ReadonlySet<string>,
  isLocal: boolean,
): PublicOriginFound | undefined {
  if (!isLocal) return { origin: site.origin, from: "address" };
  const canonicals = pages.flatMap(({ linkElements, metas }) => [
    ...linkElements.filter(({ rel }) => rel === "canonical").map(({ href }) => href),
    ...metas.filter(([name]) => name === "og:url").map(([, content]) => content),
  ]);
  const sources = [
    ["canonicals", canonicals],
    ["sitemap", [...ofSitemap]],
    ["robots.txt", site.robots.sitemaps],
  ] as const;
  for (const [from, addresses] of sources) {
    const origins = addresses.flatMap((address) => publicOriginOf(address) ?? []);
    const [origin] = origins;
    // If they name several, only the operator knows which one it is.
    if (origin !== undefined && new Set(origins).size === 1) return { origin, from };
  }
  return undefined;
}

/** The origin of an absolute URL, if its host can be one of the Internet. */
function publicOriginOf(address: string): string | undefined {
  const url = URL.parse(address);
  if (!isOnWeb(url) || url.username !== "") return undefined;
  const { hostname, origin } = url;
  const isName =
    /\.[a-z][a-z\d-]*\.?$/i.test(hostname) &&
    !/\.(?:local|internal|test|localhost)\.?$/i.test(hostname);
  return isName || isPublicAddress(hostname) ? origin : undefined;
}
