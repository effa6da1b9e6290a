import { gunzipSync } from "node:zlib";
import { walkSitemaps } from "../../http/sitemap.ts";
import { nextTurn } from "../../timing/turns.ts";
import { ask, readUpTo } from "./page.ts";

/** Bytes of a sitemap that are read, at most (the maximum of sitemaps.org). */
const MAX_SITEMAP = 52_428_800;
/** Sitemaps that are read in all, at most, including those of an index. */
const MAX_SITEMAPS = 50;
/** Redirects of one sitemap that are followed, at most. */
const MAX_REDIRECTS = 5;

/** The pages that sitemaps list. */
interface ListedPages {
  readonly pages: readonly string[];
  /** Sitemaps that list nothing, and why. */
  readonly faults: readonly { readonly url: string; readonly why: string }[];
}

/**
 * Reads the pages that sitemaps list; follows sitemap indexes.
 *
 * @param wanted number of pages after which it stops
 */
export async function readSitemaps(from: readonly string[], wanted: number): Promise<ListedPages> {
  const pages = new Set<string>();
  const faults = new Map<string, string>();
  const read = async (url: string): Promise<string | undefined> => {
    const { text, why } = await readText(url);
    if (text === undefined) faults.set(url, why);
    return text;
  };
  await walkSitemaps(from, MAX_SITEMAPS, read, nextTurn, (sitemap, url) => {
    if (sitemap === undefined) return [];
    const { kind, locations } = sitemap;
    if (locations.length === 0) faults.set(url, "it lists nothing");
    if (kind === "index") return locations;
    for (const location of locations) {
      if (URL.canParse(location)) pages.add(new URL(location).href);
    }
    return pages.size >= wanted ? "enough" : [];
  });
  return {
    pages: [...pages].slice(0, wanted),
    faults: [...faults].map(([url, why]) => ({ url, why })),
  };
}

type Text =
  | { readonly text: string; readonly why?: never }
  | { readonly text?: never; readonly why: string };

/** Reads a sitemap; follows redirects on its origin. */
async function readText(url: string): Promise<Text> {
  let response: Response;
  try {
    response = await askFollowing(url);
  } catch {
    return { why: "no response" };
  }
  const { status } = response;
  if (status !== 200) {
    await response.body?.cancel();
    return { why: `status ${status}` };
  }
  try {
    const content = await readUpTo(response, MAX_SITEMAP);
    const isGzip = content[0] === 0x1f && content[1] === 0x8b;
    const bytes = isGzip ? gunzipSync(content, { maxOutputLength: MAX_SITEMAP }) : content;
    return { text: new TextDecoder().decode(bytes) };
  } catch {
    return { why: "its gzip can't be decoded" };
  }
}

async function askFollowing(from: string): Promise<Response> {
  let url = from;
  for (let count = 0; ; count++) {
    const response = await ask(url);
    const location =
      response.status < 300 || response.status > 399 ? null : response.headers.get("location");
    const to = location === null ? null : URL.parse(location, url);
    if (to === null || to.origin !== new URL(from).origin || count >= MAX_REDIRECTS)
      return response;
    await response.body?.cancel();
    url = to.href;
  }
}
