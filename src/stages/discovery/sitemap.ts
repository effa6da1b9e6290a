/** A sitemap (sitemaps.org): addresses of pages, or of further sitemaps. */
export interface Sitemap {
  readonly kind: "pages" | "index";
  readonly locations: readonly string[];
}

/** Addresses that are read from one file at most, as the format has it. */
const MAX_LOCATIONS = 50_000;

/** Addresses beyond this length are left out, as the format has it. */
const MAX_LENGTH = 2048;

/** Reads a sitemap in XML, or in plain text with one address a line. Takes linear time. */
export function parseSitemap(text: string): Sitemap {
  const start = text.slice(0, 2000).trimStart();
  if (!start.startsWith("<") && !start.startsWith("\uFEFF<")) {
    const lines = text.split(/\r?\n/, MAX_LOCATIONS).map((line) => line.trim());
    return { kind: "pages", locations: lines.filter((line) => /^https?:\/\//i.test(line)) };
  }
  const locations: string[] = [];
  // The elements may carry a namespace prefix, and `image:loc` and its kin are no pages.
  const isIndex = /<(?:\w+:)?sitemapindex[\s>]/.test(text.slice(0, 10_000));
  let at = 0;
  while (locations.length < MAX_LOCATIONS) {
    const open = text.indexOf("<loc>", at);
    if (open === -1) break;
    const close = text.indexOf("</loc>", open);
    if (close === -1) break;
    at = close + 6;
    if (close - open > MAX_LENGTH + 5) continue;
    const location = decode(text.slice(open + 5, close));
    if (location !== "") locations.push(location);
  }
  return { kind: isIndex ? "index" : "pages", locations };
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function decode(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith("<![CDATA[")) {
    return trimmed.slice(9, trimmed.endsWith("]]>") ? -3 : undefined).trim();
  }
  return trimmed.replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{1,4});/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES.get(name.toLowerCase()) ?? whole;
    const isHex = name[1] === "x" || name[1] === "X";
    const code = Number.parseInt(name.slice(isHex ? 2 : 1), isHex ? 16 : 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

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
