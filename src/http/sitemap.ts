import { decodeXML } from "entities/decode";

/** A sitemap (sitemaps.org): addresses of pages, or of further sitemaps. */
export interface Sitemap {
  readonly kind: "pages" | "index";
  readonly locations: readonly string[];
}

/** The most addresses in one file that are read, as the format states. */
const MAX_LOCATIONS = 50_000;

/** The longest address that is read, as the format states. */
const MAX_LENGTH = 2048;

/** Lets other requests have their turn. */
type Turn = () => Promise<void>;

/** Characters that are gone through in one turn of the event loop. */
const A_TURN = 32 * 1024;

type Further = readonly string[] | "enough";

/**
 * Reads sitemaps and the sitemaps that they index, each once.
 *
 * @param from their addresses, for `read`
 * @param most sitemaps in all
 * @param visit gets each in order, undefined if unreadable; returns what to read next, or "enough"
 */
export async function walkSitemaps(
  from: readonly string[],
  most: number,
  read: (address: string) => Promise<string | undefined>,
  turn: Turn,
  visit: (sitemap: Sitemap | undefined, address: string) => Further | Promise<Further>,
): Promise<void> {
  // Iteration over a set includes members that are added meanwhile.
  const waiting = new Set(from);
  let count = 0;
  for (const address of waiting) {
    if (count++ >= most) return;
    const text = await read(address);
    const further = await visit(
      text === undefined ? undefined : await parseSitemap(text, turn),
      address,
    );
    if (further === "enough") return;
    for (const each of further.slice(0, most)) waiting.add(each);
  }
}

/** Characters in which the root element must begin. */
const ROOT_REACH = 10_000;
const ROOT = /<((?:[\w.-]+:)?)(urlset|sitemapindex)[\s/>]/;

/** Parses a sitemap, XML or text with one address a line, in linear time. */
export async function parseSitemap(text: string, turn: Turn): Promise<Sitemap> {
  if (!/^\uFEFF?\s*</.test(text.slice(0, 2000))) {
    const lines = text
      .replace(/^\uFEFF/, "")
      .split("\n", MAX_LOCATIONS)
      .map((line) => (line.length > 2 * MAX_LENGTH ? "" : line.trim()));
    const isAddress = (line: string) => line.length <= MAX_LENGTH && /^https?:\/\//i.test(line);
    return { kind: "pages", locations: lines.filter(isAddress) };
  }
  const xml = await withoutComments(text, turn);
  const root = ROOT.exec(xml.slice(0, ROOT_REACH));
  if (root === null) return { kind: "pages", locations: [] };
  const [, prefix = "", name] = root;
  // Only elements with the root's prefix: `image:loc` is not a page.
  const locations = await locationsOf(xml, `${prefix}loc`, turn);
  return { kind: name === "sitemapindex" ? "index" : "pages", locations };
}

async function locationsOf(xml: string, element: string, turn: Turn): Promise<string[]> {
  const locations: string[] = [];
  const start = `<${element}`;
  const end = `</${element}`;
  const search = new Search(xml, turn);
  for (let at = 0; locations.length < MAX_LOCATIONS;) {
    const open = await search.indexOf(start, at);
    if (open === -1) break;
    const from = contentStart(xml, open + start.length);
    const to = await search.indexOf(end, open);
    if (to === -1) break;
    at = to + end.length;
    if (from === -1 || to < from || to - from > MAX_LENGTH) continue;
    const location = decode(xml.slice(from, to));
    if (location !== "") locations.push(location);
  }
  return locations;
}

/** Searches a long text, and lets other requests have their turn. */
class Search {
  readonly #text: string;
  readonly #turn: Turn;
  #left = A_TURN;

  constructor(text: string, turn: Turn) {
    this.#text = text;
    this.#turn = turn;
  }

  /** As `indexOf` of a string, which would take 250 ms for 16 MB of "<". */
  async indexOf(part: string, from: number): Promise<number> {
    for (let at = from; at < this.#text.length; at += A_TURN) {
      const found = this.#text.slice(at, at + A_TURN + part.length - 1).indexOf(part);
      this.#left -= found === -1 ? A_TURN : found + part.length;
      if (this.#left <= 0) {
        this.#left = A_TURN;
        await this.#turn();
      }
      if (found !== -1) return at + found;
    }
    return -1;
  }
}

/** The start of the content after a tag whose name ends there; -1 if the name is longer. */
function contentStart(xml: string, nameEnd: number): number {
  if (xml[nameEnd] === ">") return nameEnd + 1;
  if (!/\s/.test(xml[nameEnd] ?? "")) return -1;
  const tag = xml.slice(nameEnd, nameEnd + MAX_LENGTH);
  const length = tag.indexOf(">");
  return length === -1 ? -1 : nameEnd + length + 1;
}

async function withoutComments(xml: string, turn: Turn): Promise<string> {
  const parts: string[] = [];
  let pieces: string[] = [];
  const search = new Search(xml, turn);
  let at = 0;
  while (at < xml.length) {
    const open = await search.indexOf("<!--", at);
    if (open === -1 && at === 0) return xml;
    pieces.push(xml.slice(at, open === -1 ? undefined : open));
    const close = open === -1 ? -1 : await search.indexOf("-->", open + 4);
    if (close === -1) break;
    if (pieces.length > 1000) {
      // Joined now: a million pieces at the end would take one long turn.
      parts.push(pieces.join(""));
      pieces = [];
    }
    at = close + 3;
  }
  return parts.join("") + pieces.join("");
}

function decode(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith("<![CDATA[")) return decodeXML(trimmed);
  return trimmed.slice(9, trimmed.endsWith("]]>") ? -3 : undefined).trim();
}
