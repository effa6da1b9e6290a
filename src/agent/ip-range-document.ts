import { isObject, parseJson } from "../http/json.ts";
import { parseIpPrefix, type IpPrefix } from "./ip-address.ts";

/** The content of an operator's published list. */
interface IpRangeDocument {
  readonly prefixes: readonly IpPrefix[];
  /** The number of entries that are no blocks, or are too wide to be an operator's. */
  readonly refused: number;
}

const MOST_PREFIXES = 100_000;
const WIDEST = { ipv4: 8, ipv6: 16 };
// The keys of the usual format, and those of Amazon Web Services.
const PREFIX_KEYS = ["ipv4Prefix", "ipv6Prefix", "ip_prefix", "ipv6_prefix", "prefix", "cidr"];
const LIST_KEYS = ["prefixes", "ipv6_prefixes"];

/**
 * Reads a published list: the usual JSON, that JSON inside an HTML page (Amazon), or a geofeed (RFC
 * 8805, Meta). Undefined if no block is found, so that an error page never replaces a good list.
 */
export function parseIpRangeDocument(text: string): IpRangeDocument | undefined {
  const start = text.trimStart();
  let entries: readonly unknown[] | undefined;
  if (start.startsWith("{") || start.startsWith("[")) entries = jsonEntries(start);
  else if (start.startsWith("<")) entries = htmlEntries(start);
  else entries = geofeedEntries(start);
  if (entries === undefined || entries.length > MOST_PREFIXES) return undefined;
  const prefixes: IpPrefix[] = [];
  let refused = 0;
  for (const entry of entries) {
    const prefix = typeof entry === "string" ? parseIpPrefix(entry.trim()) : undefined;
    if (prefix === undefined || isTooWide(prefix)) refused++;
    else prefixes.push(prefix);
  }
  return prefixes.length === 0 ? undefined : { prefixes, refused };
}

function jsonEntries(text: string): readonly unknown[] | undefined {
  const document = parseJson(text);
  if (Array.isArray(document)) return document.flatMap(entriesOf);
  if (!isObject(document)) return undefined;
  return LIST_KEYS.flatMap((key) => {
    const list = document[key];
    return Array.isArray(list) ? list.flatMap(entriesOf) : [];
  });
}

function entriesOf(item: unknown): readonly unknown[] {
  if (!isObject(item)) return [item];
  const found = PREFIX_KEYS.map((key) => item[key]).filter((value) => value !== undefined);
  return found.length === 0 ? [undefined] : found;
}

// The page's text may contain addresses too: only the object with the list counts.
function htmlEntries(html: string): readonly unknown[] | undefined {
  const text = textOf(html);
  const key = text.indexOf('"prefixes"');
  const open = key < 0 ? -1 : text.lastIndexOf("{", key);
  if (open < 0) return undefined;
  let depth = 0;
  let quoted = false;
  for (let at = open; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return jsonEntries(text.slice(open, at + 1));
  }
  return undefined;
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
function geofeedEntries(text: string): readonly unknown[] {
  return text
    .split("\n", 2 * MOST_PREFIXES)
    .map((line) => (line.split("#", 1)[0] ?? "").split(",", 1)[0]?.trim() ?? "")
    .filter((block) => block !== "");
}

function isTooWide({ address, length }: IpPrefix): boolean {
  return length < (address.length === 1 ? WIDEST.ipv4 : WIDEST.ipv6);
}
