import { isObject } from "../http/json.ts";

/** Characters of a list that are parsed at once, and at most. */
const PIECE = 16_384;
const LONGEST_PIECE = 4 * PIECE;

/** Keys of operators' lists, and of the blocks in an item, without case and separators. */
const LISTS = words(
  "prefixes ipv4prefixes ipv6prefixes prefixesipv4 prefixesipv6 ipprefixes",
  "ips ipv4 ipv6 ipv4s ipv6s v4 v6 ipsv4 ipsv6 ipv4ips ipv6ips iplist",
  "addresses ipaddresses ipv4addresses ipv6addresses",
  "ranges ipranges ipv4ranges ipv6ranges cidrs ipv4cidrs ipv6cidrs networks subnets",
);
const BLOCKS = words(
  "ipv4prefix ipv6prefix ipprefix prefix cidr ipv4cidr ipv6cidr range iprange network subnet",
  "ip ipaddress address ipv4 ipv6 ipv4address ipv6address v4 v6",
);
/** Keys of objects in which interfaces wrap their response. */
const WRAPPERS = words("data result results response");

/** A step of reading without an entry. */
export const NONE = "";

/**
 * The entries of the lists in a JSON document, which need not be blocks. Throws if the document is
 * malformed.
 *
 * @param pointer the list, or the object with lists, if not the document (RFC 6901)
 * @param isWithin whether other text follows the document
 */
export function* jsonEntries(text: string, pointer = "", isWithin = false): Iterable<unknown> {
  const { pieces, frame } = yield* inPieces(text, isWithin);
  const lists = listsIn(resolvePointer(JSON.parse(frame), pointer));
  const keys = new KnownKeys();
  for (const piece of lists.flat()) {
    for (const item of JSON.parse(`[${pieces[Number(piece)]}]`) as unknown[]) {
      if (!isObject(item)) {
        yield item;
        continue;
      }
      let hasBlock = false;
      for (const key in item) {
        // The items of a list have the same few keys.
        if (!keys.areBlocks(key) || item[key] === null) continue;
        hasBlock = true;
        yield item[key];
      }
      if (!hasBlock) yield undefined;
    }
  }
}

/** The lists of the operator's own addresses; lists under other keys need a pointer. */
function listsIn(document: unknown): readonly unknown[][] {
  if (Array.isArray(document)) return [document as unknown[]];
  if (!isObject(document)) return [];
  const named = (keys: ReadonlySet<string>) =>
    Object.entries(document).flatMap(([key, value]) => (isOneOf(keys, key) ? listsIn(value) : []));
  const lists = named(LISTS);
  return lists.length > 0 ? lists : named(WRAPPERS);
}

/** RFC 6901 §4, in the form of a URI fragment (§6). */
function resolvePointer(document: unknown, pointer: string): unknown {
  let value = document;
  for (const step of decodeURIComponent(pointer).split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

function words(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.join(" ").split(" "));
}

function isOneOf(known: ReadonlySet<string>, key: string): boolean {
  return key.length < 32 && known.has(key.toLowerCase().replaceAll(/[_-]/g, ""));
}

/** Keys of items that were looked up, so that each is written in its plain form once. */
class KnownKeys {
  readonly #known = new Map<string, boolean>();

  areBlocks(key: string): boolean {
    let is = this.#known.get(key);
    if (is === undefined) {
      is = isOneOf(BLOCKS, key);
      if (this.#known.size < MOST_KEYS) this.#known.set(key, is);
    }
    return is;
  }
}

const MOST_KEYS = 64;

/**
 * Cuts the lists of a JSON document into pieces of some items, since one call would parse megabytes
 * at once. In the frame, each list has the numbers of its pieces.
 *
 * @param isWithin whether other text follows the document
 */
function* inPieces(text: string, isWithin: boolean) {
  const pieces: string[] = [];
  let [frame, from, depth] = ["", 0, 0];
  /** The depth of the list that is read; lists within it are parts of its items. */
  let list: number | undefined;
  const cut = (to: number): void => {
    if (to - from > LONGEST_PIECE) throw new SyntaxError("an item is too long");
    frame += `${frame.endsWith("[") ? "" : ","}${pieces.push(text.slice(from, to)) - 1}`;
  };
  const marks = /["{}[\],]/g;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    yield NONE;
    const [{ index }, [sign]] = [mark, mark];
    if (sign === '"') marks.lastIndex = endOfString(text, index + 1);
    else if (sign === "{" || sign === "[") {
      depth++;
      if (sign === "{" || list !== undefined) continue;
      list = depth;
      frame += text.slice(from, index + 1);
      from = index + 1;
    } else if (sign === ",") {
      if (depth !== list || index - from < PIECE) continue;
      cut(index);
      from = index + 1;
    } else {
      if (depth === list) {
        cut(index);
        from = index;
        list = undefined;
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
