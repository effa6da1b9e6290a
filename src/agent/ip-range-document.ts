import { isObject } from "../http/json.ts";
import { nextTurn, TurnCount } from "../timing/turns.ts";
import { parseIpPrefix, type IpPrefix } from "./ip-address.ts";
import { compileIpRanges, joinIpRanges, type IpRanges } from "./ip-ranges.ts";

/** The content of an operator's published list. */
interface IpRangeDocument {
  readonly ranges: IpRanges;
  /** The number of entries that are no blocks, or are too wide to be an operator's. */
  readonly refused: number;
}

const MOST_PREFIXES = 100_000;
const WIDEST = { ipv4: 8, ipv6: 16 };
// The keys of the usual format, and those of Amazon Web Services.
const PREFIX_KEYS = ["ipv4Prefix", "ipv6Prefix", "ip_prefix", "ipv6_prefix", "prefix", "cidr"];
const LIST_KEYS = ["prefixes", "ipv6_prefixes"];

/** Entries, or marks of JSON, that are read in one turn of the event loop. */
const A_TURN = 4000;
/** Characters of a list in JSON that are parsed at once, and at most. */
const PIECE = 16_384;
const LONGEST_PIECE = 4 * PIECE;
/** Characters of a page that are read. */
const MOST_HTML = 512 * 1024;

/**
 * Reads a published list: the usual JSON, that JSON inside an HTML page (Amazon), or a geofeed (RFC
 * 8805, Meta). Undefined if no block is found, so that an error page never replaces a good list.
 */
export async function parseIpRangeDocument(text: string): Promise<IpRangeDocument | undefined> {
  const parts: IpRanges[] = [];
  const share = new TurnCount(A_TURN);
  let prefixes: IpPrefix[] = [];
  let count = 0;
  let refused = 0;
  try {
    for (const entry of entriesOf(text.trimStart())) {
      if (share.isOver()) {
        parts.push(compileIpRanges(prefixes));
        prefixes = [];
        await nextTurn();
      }
      if (entry === NONE) continue;
      if (++count > MOST_PREFIXES) return undefined;
      const prefix = typeof entry === "string" ? parseIpPrefix(entry.trim()) : undefined;
      if (prefix === undefined || isTooWide(prefix)) refused++;
      else prefixes.push(prefix);
    }
  } catch {
    return undefined;
  }
  const ranges = joinIpRanges([...parts, compileIpRanges(prefixes)]);
  return ranges.size === 0 ? undefined : { ranges, refused };
}

/** A step of reading without an entry. */
const NONE = "";

/** The entries of a list, which need not be blocks. Throws if the list is malformed. */
function entriesOf(text: string): Iterable<unknown> {
  if (text.startsWith("{") || text.startsWith("[")) return jsonEntries(text);
  return text.startsWith("<") ? htmlEntries(text) : geofeedEntries(text);
}

function* jsonEntries(text: string, isWithin = false): Iterable<unknown> {
  const { pieces, frame } = yield* inPieces(text, isWithin);
  const document = JSON.parse(frame) as unknown;
  const lists = isObject(document) ? LIST_KEYS.map((key) => document[key]) : [document];
  for (const piece of lists.flatMap((list) => (Array.isArray(list) ? (list as number[]) : []))) {
    for (const item of JSON.parse(`[${pieces[piece]}]`) as unknown[]) {
      const found = isObject(item)
        ? PREFIX_KEYS.map((key) => item[key]).filter((value) => value !== undefined)
        : [item];
      yield* found.length === 0 ? [undefined] : found;
    }
  }
}

/**
 * Cuts the lists of a JSON document into pieces of some items, since one call would parse megabytes
 * at once. In the frame, each list has the numbers of its pieces.
 *
 * @param isWithin whether other text follows the document
 */
function* inPieces(text: string, isWithin: boolean) {
  const pieces: string[] = [];
  const depthOfLists = text.startsWith("[") ? 1 : 2;
  let [frame, from, depth] = ["", 0, 0];
  let isInList = false;
  const cut = (to: number): void => {
    if (to - from > LONGEST_PIECE) throw new SyntaxError("an item is too long");
    frame += `${frame.endsWith("[") ? "" : ","}${pieces.push(text.slice(from, to)) - 1}`;
  };
  const marks = /["{}[\],]/g;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    yield NONE;
    const [{ index }, [sign]] = [mark, mark];
    const isAtList = depth === depthOfLists && isInList;
    if (sign === '"') marks.lastIndex = endOfString(text, index + 1);
    else if (sign === "{" || sign === "[") {
      depth++;
      if (sign === "{" || depth !== depthOfLists) continue;
      isInList = true;
      frame += text.slice(from, index + 1);
      from = index + 1;
    } else if (sign === ",") {
      if (!isAtList || index - from < PIECE) continue;
      cut(index);
      from = index + 1;
    } else {
      if (isAtList) {
        cut(index);
        from = index;
        isInList = false;
      }
      if (--depth > 0) continue;
      const end = isWithin ? index + 1 : text.length;
      return { pieces, frame: frame + text.slice(from, end) };
    }
  }
  throw new SyntaxError("the document is not complete");
}

/** The index after a string of JSON. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text[escapes - 1] === "\\") escapes--;
    if ((end - escapes) % 2 === 0) return end + 1;
  }
  throw new SyntaxError("a string has no end");
}

// The page's text may contain addresses too: only the object with the list counts.
function htmlEntries(html: string): Iterable<unknown> {
  const text = textOf(html.slice(0, MOST_HTML));
  const key = text.indexOf('"prefixes"');
  const open = key < 0 ? -1 : text.lastIndexOf("{", key);
  return open < 0 ? [] : jsonEntries(text.slice(open), true);
}

/** The text between the tags, with the references that JSON needs resolved, in linear time. */
function textOf(html: string): string {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const open = html.indexOf("<", at);
    const close = open < 0 ? -1 : html.indexOf(">", open);
    if (close < 0) break;
    parts.push(html.slice(at, open));
    at = close + 1;
  }
  parts.push(html.slice(at));
  return parts
    .join("")
    .replaceAll(/&(?:quot|#34|#x22);/gi, '"')
    .replaceAll(/&(?:nbsp|#160|#xa0);/gi, " ")
    .replaceAll(/&(?:#47|#x2f|sol);/gi, "/");
}

// RFC 8805 §2.1: the first field of each line is the block; "#" begins a comment.
function* geofeedEntries(text: string): Iterable<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\n", at);
    const line = text.slice(at, end === -1 ? undefined : end);
    const [block = ""] = line.split(/[,#]/, 1);
    yield block.trim();
    at = end === -1 ? text.length : end + 1;
  }
}

function isTooWide({ address, length }: IpPrefix): boolean {
  return length < (address.length === 1 ? WIDEST.ipv4 : WIDEST.ipv6);
}
