import { nextTurn, TurnCount } from "../timing/turns.ts";
import type { IpPrefix } from "./ip-address.ts";
import { parseIpBlocks } from "./ip-blocks.ts";
import { compileIpRanges, joinIpRanges, type IpRanges } from "./ip-ranges.ts";
import { jsonEntries, NONE } from "./ip-range-json.ts";

/** The content of an operator's published list. */
interface IpRangeDocument {
  readonly ranges: IpRanges;
  /** The number of entries that are no blocks, or are too wide to be an operator's. */
  readonly refused: number;
}

const MOST_PREFIXES = 100_000;
const WIDEST = { ipv4: 8, ipv6: 16 };

/** Entries, or marks of JSON, that are read in one turn of the event loop. */
const A_TURN = 4000;
/** Characters of a page that are read. */
const MOST_HTML = 512 * 1024;

/**
 * Reads a published list: JSON in the shapes of operators, that JSON inside an HTML page (Amazon),
 * or lines with a block first: plain text, or a geofeed (RFC 8805, Meta). Undefined if no block is
 * found, so that an error page never replaces a good list.
 *
 * @param pointer the list in a JSON document that has several (RFC 6901)
 */
export async function parseIpRangeDocument(
  text: string,
  pointer = "",
): Promise<IpRangeDocument | undefined> {
  const parts: IpRanges[] = [];
  const share = new TurnCount(A_TURN);
  let prefixes: IpPrefix[] = [];
  let count = 0;
  let refused = 0;
  try {
    for (const entry of entriesOf(text.trimStart(), pointer)) {
      if (share.isOver()) {
        parts.push(compileIpRanges(prefixes));
        prefixes = [];
        await nextTurn();
      }
      if (entry === NONE) continue;
      if (++count > MOST_PREFIXES) return undefined;
      const blocks = typeof entry === "string" ? parseIpBlocks(entry.trim()) : undefined;
      if (blocks === undefined || blocks.some(isTooWide)) refused++;
      else prefixes.push(...blocks);
    }
  } catch {
    return undefined;
  }
  const ranges = joinIpRanges([...parts, compileIpRanges(prefixes)]);
  return ranges.size === 0 ? undefined : { ranges, refused };
}

/** The entries of a list, which need not be blocks. Throws if the list is malformed. */
function entriesOf(text: string, pointer: string): Iterable<unknown> {
  if (text.startsWith("{") || text.startsWith("[")) return jsonEntries(text, pointer);
  if (text.startsWith("<")) return htmlEntries(text, pointer);
  return pointer === "" ? geofeedEntries(text) : [];
}

// The page's text may contain addresses too: only the object with the list counts.
function htmlEntries(html: string, pointer: string): Iterable<unknown> {
  const text = textOf(html.slice(0, MOST_HTML));
  const key = text.indexOf('"prefixes"');
  const open = key < 0 ? -1 : text.lastIndexOf("{", key);
  return open < 0 ? [] : jsonEntries(text.slice(open), pointer, true);
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
