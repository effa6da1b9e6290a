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
const A_TURN = 64 * 1024;

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
      .split(/\r?\n/, MAX_LOCATIONS)
      .map((line) => line.trim());
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
  let turnAt = A_TURN;
  for (let at = 0; locations.length < MAX_LOCATIONS;) {
    const open = xml.indexOf(start, at);
    if (open === -1) break;
    const from = contentStart(xml, open + start.length);
    const to = xml.indexOf(end, open);
    if (to === -1) break;
    at = to + end.length;
    if (at > turnAt) {
      turnAt = at + A_TURN;
      await turn();
    }
    if (from === -1 || to < from || to - from > MAX_LENGTH) continue;
    const location = decode(xml.slice(from, to));
    if (location !== "") locations.push(location);
  }
  return locations;
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
  let turnAt = A_TURN;
  let at = 0;
  while (at < xml.length) {
    const open = xml.indexOf("<!--", at);
    if (open === -1 && at === 0) return xml;
    pieces.push(xml.slice(at, open === -1 ? undefined : open));
    const close = open === -1 ? -1 : xml.indexOf("-->", open + 4);
    if (close === -1) break;
    if (close > turnAt) {
      turnAt = close + A_TURN;
      // Joined now: a million pieces at the end would take one long turn.
      parts.push(pieces.join(""));
      pieces = [];
      await turn();
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
