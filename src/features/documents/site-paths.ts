/**
 * The paths of a site's pages among a sitemap's addresses. A sitemap names one site (sitemaps.org,
 * "location"); where an origin server knows itself by another name, that of its first address is it.
 *
 * @param known origins that are the site's in any case
 */
export function pathsOf(locations: readonly string[], known: ReadonlySet<string>): string[] {
  const paths: string[] = [];
  let own: string | undefined;
  for (const location of locations) {
    if (!URL.canParse(location)) continue;
    const url = new URL(location);
    if (url.protocol !== "http:" && url.protocol !== "https:") continue;
    own ??= url.host;
    if (url.host === own || known.has(url.origin)) paths.push(url.pathname + url.search);
  }
  return paths;
}
