/** Characters of a page's HTML that are read for its sketch. */
export const MAX_SKETCHED = 65_536;

/** The smallest hashes that are kept. */
const SIZE = 48;
/** Characters of the text of one hash. */
const WIDTH = 6;

/** Elements whose text is not the page's own. */
const APART = /^(?:script|style|noscript|template|svg|head|nav|header|footer|aside|form|select)$/;

/** Letters and digits, or one character of a script without spaces. */
const WORD =
  /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[\p{L}\p{N}](?:(?![\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])[\p{L}\p{N}])*/gu;

/**
 * A sketch of a page's text, by which two pages can be compared: the smallest hashes of its
 * sequences of three words. Words of the page's own address are left out, since error pages repeat it.
 *
 * @param html up to `MAX_SKETCHED` characters
 */
export function sketchOf(html: string, path: string): string {
  const own = new Set(wordsOf(decoded(path)));
  const words = wordsOf(textOf(html)).filter((word) => !own.has(word));
  const hashes = new Set<number>();
  for (let i = 0; i < Math.max(1, words.length - 2); i++) {
    const sequence = words.slice(i, i + 3).join(" ");
    if (sequence !== "") hashes.add(hashOf(sequence));
  }
  return [...hashes]
    .toSorted((a, b) => a - b)
    .slice(0, SIZE)
    .map((hash) =>
      hash
        .toString(36)
        .padStart(WIDTH + 1, "0")
        .slice(-WIDTH - 1),
    )
    .join("");
}

/** The likeness of two sketched texts, from 0 to 1; an estimate of their Jaccard index. */
export function likeness(one: string, other: string): number {
  if (one === other) return 1;
  const [a, b] = [hashesOf(one), hashesOf(other)];
  const least = [...new Set([...a, ...b])].toSorted().slice(0, SIZE);
  if (least.length === 0) return 1;
  return least.filter((hash) => a.has(hash) && b.has(hash)).length / least.length;
}

/** What shows if a page is an error page. */
export interface SketchedPage {
  readonly title: string;
  /** The words of the title, of which those of the page's own address are "*". */
  readonly pattern: string;
  /** See `sketchOf`. */
  readonly sketch: string;
}

/** @param path of the page */
export function sketchedPage(title: string, sketch: string, path: string): SketchedPage {
  const own = new Set(wordsOf(decoded(path)));
  const words = wordsOf(title).map((word) => (own.has(word) ? "*" : word));
  // An address may have any number of words.
  const pattern = words.filter((word, i) => word !== "*" || words[i - 1] !== "*").join(" ");
  return { title, pattern, sketch };
}

/** The likeness from which pages of one title count as one. */
const SAME = 0.8;

/**
 * Whether a page is the site's error page: their texts are the same but for the address, or they
 * have one title and almost one text. Short pages with another title share most words, too.
 *
 * @param error the response for an address that does not exist
 */
export function isErrorPage(page: SketchedPage, error: SketchedPage): boolean {
  if (page.sketch === error.sketch) return true;
  // At "/not-found/", the words of any error page are those of the address: titles as written, too.
  const hasOneTitle = page.title === error.title || page.pattern === error.pattern;
  return hasOneTitle && likeness(page.sketch, error.sketch) >= SAME;
}

function hashesOf(sketch: string): Set<string> {
  const hashes = new Set<string>();
  for (let at = 0; at < sketch.length; at += WIDTH + 1)
    hashes.add(sketch.slice(at, at + WIDTH + 1));
  return hashes;
}

/**
 * The likeness of two titles, from 0 to 1: the words of both, as a share of all their words. Titles
 * with the same beginning, of which one has all words of the other, are those of two versions:
 * "Install – Lantern" and "Install – Lantern 1 manual".
 */
export function titleLikeness(one: string, other: string): number {
  const [a, b] = [titleWords(one), titleWords(other)];
  const all = new Set([...a, ...b]);
  const common = [...all].filter((word) => a.has(word) && b.has(word)).length;
  if (common === all.size) return 1;
  const [[first, ...more], [otherFirst, ...otherMore]] = [partsOf(one), partsOf(other)];
  const hasSubject = more.length > 0 && otherMore.length > 0 && first === otherFirst;
  return hasSubject && common === Math.min(a.size, b.size) ? 1 : common / all.size;
}

/** The parts of a title in lower case, which dashes, bars and the like separate. */
function partsOf(title: string): string[] {
  return title
    .slice(0, 300)
    .toLowerCase()
    .split(/\s[-–—|·:»«]\s|:\s/)
    .map((part) => part.trim());
}

/** The words of a title without those that tell forms and versions of one page apart. */
function titleWords(title: string): Set<string> {
  return new Set(
    wordsOf(title.slice(0, 300)).filter((word) => !/^(?:v?\d+|amp|print)$/.test(word)),
  );
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The text of a page outside of tags, comments and the elements that are apart. */
function textOf(html: string): string {
  const pieces: string[] = [];
  /** Elements without a further end tag: each is searched for once only. */
  const unclosed = new Set<string>();
  for (let at = 0; at < html.length;) {
    const open = html.indexOf("<", at);
    if (open === -1) {
      pieces.push(html.slice(at));
      break;
    }
    pieces.push(html.slice(at, open), " ");
    at = behindTag(html, open, unclosed);
  }
  return pieces.join("");
}

/** The position behind a tag, and behind the content of an element that is apart. */
function behindTag(html: string, open: number, unclosed: Set<string>): number {
  if (html.startsWith("<!--", open)) return behind(html, "-->", open + 4);
  const close = behind(html, ">", open);
  const name =
    /^[a-zA-Z][\w-]{0,20}/.exec(html.slice(open + 1, open + 23))?.[0].toLowerCase() ?? "";
  if (!APART.test(name) || unclosed.has(name)) return close;
  const end = endTagAt(html, name, close);
  if (end === -1) unclosed.add(name);
  return end === -1 ? close : behind(html, ">", end);
}

/** The position of an end tag, in either case; elements of the same name are not nested. */
function endTagAt(html: string, name: string, from: number): number {
  const lower = html.indexOf(`</${name}`, from);
  return lower === -1 ? html.indexOf(`</${name.toUpperCase()}`, from) : lower;
}

function behind(html: string, text: string, from: number): number {
  const at = html.indexOf(text, from);
  return at === -1 ? html.length : at + text.length;
}

/** FNV-1a, 32 bits. */
export function hashOf(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
