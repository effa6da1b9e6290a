import { parseGlob } from "./pattern.ts";
import type { OriginRule } from "./combine.ts";

/** The bytes that crawlers read at least, and many at most (RFC 9309 §2.5). */
export const MOST_READ = 500 * 1024;

/** A line of a robots.txt, in bytes (one character for each), so that nothing of it is lost. */
export interface RobotsFileLine {
  /** Its number, from 1. */
  readonly number: number;
  /** Without its end. */
  readonly text: string;
  readonly kind: "agent" | "rule" | "group-field" | "other-field" | "comment" | "blank" | "unknown";
  /** The name of the field in lower case; empty if it is none. */
  readonly name: string;
  /** The value without comment; empty if it is no field. */
  readonly value: string;
}

/** A group, which begins with its User-agent lines. */
export interface RobotsGroup {
  /** Comments and blank lines before it. */
  readonly lead: readonly RobotsFileLine[];
  /** The tokens in lower case, without version. */
  readonly agents: readonly string[];
  /** All lines from the first User-agent line to the last that belongs to the group. */
  readonly lines: readonly RobotsFileLine[];
}

/** A robots.txt that can be written again byte for byte. */
export interface RobotsFile {
  readonly hasByteOrderMark: boolean;
  /** The end of its lines. */
  readonly end: "\n" | "\r\n" | "\r";
  /** The lines before the first group. */
  readonly before: readonly RobotsFileLine[];
  readonly groups: readonly RobotsGroup[];
  /** Comments, blank lines and fields of no group after the last one. */
  readonly after: readonly RobotsFileLine[];
  /** The addresses of its Sitemap lines, as written. */
  readonly sitemaps: readonly string[];
  readonly length: number;
  /** Whether it is a web page, which some servers send at any path; then nothing of it is read. */
  readonly isPage: boolean;
}

/** Fields of a group that are no rules; a group that is made from another has them, too. */
const GROUP_FIELDS = new Set([
  "crawl-delay",
  "request-rate",
  "visit-time",
  "noindex",
  "content-signal",
  "content-usage",
  // Misspellings of Disallow that Google reads as it.
  "dissallow",
  "dissalow",
  "disalow",
  "diasllow",
  "disallaw",
]);

const MARK = "\u00EF\u00BB\u00BF";

/** Turns bytes into a text with one character for each (Latin-1). */
export function textOfBytes(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/** The bytes of such a text. */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The most lines that are read; a file has fewer unless it is made to exhaust its readers. */
const MOST_LINES = 50_000;
/** The longest pattern that is compared with others; only a target as long could match it. */
const LONGEST_GLOB = 4096;
const LINE_END = /\r\n|\r|\n/;

/** The byte order marks of UTF-16, which no line in ASCII can join. */
const UTF_16 = /^(?:\xff\xfe|\xfe\xff)/;

/**
 * Reads a robots.txt (RFC 9309 §2.2). No text has a fault; undefined if it has too many lines, or is in
 * UTF-16.
 */
export function readRobotsFile(text: string): RobotsFile | undefined {
  if (UTF_16.test(text)) return undefined;
  const hasByteOrderMark = text.startsWith(MARK);
  const content = hasByteOrderMark ? text.slice(MARK.length) : text;
  const end = LINE_END.exec(content)?.[0] ?? "\n";
  const isPage = /^\s*<(?:!doctype|html|head|body|\?xml|!--)/i.test(content.slice(0, 1024));
  const file = { hasByteOrderMark, end: end as RobotsFile["end"], length: text.length, isPage };
  if (isPage) return { ...file, before: [], groups: [], after: [], sitemaps: [] };
  const texts = content.split(LINE_END, MOST_LINES + 1);
  if (texts.length > MOST_LINES) return undefined;
  const lines = readLines(texts);
  const sitemaps = lines.flatMap(({ name, value }) => (name === "sitemap" ? [value] : []));
  return { ...file, ...readGroups(lines), sitemaps };
}

function readLines(texts: string[]): RobotsFileLine[] {
  // The end of the last line begins no other one.
  if (texts.at(-1) === "") texts.pop();
  return texts.map((text, i) => Object.assign({ number: i + 1, text }, readLine(text)));
}

function readLine(text: string): Omit<RobotsFileLine, "number" | "text"> {
  const hash = text.indexOf("#");
  const said = (hash === -1 ? text : text.slice(0, hash)).trim();
  if (said === "") return { kind: hash === -1 ? "blank" : "comment", name: "", value: "" };
  const colon = said.indexOf(":");
  if (colon === -1) {
    // Google reads it as a rule, so that a group made from this one needs it, too.
    const kind = /^(?:dis)?allow\s/i.test(said) ? "group-field" : "unknown";
    return { kind, name: "", value: "" };
  }
  const name = said.slice(0, colon).trim().toLowerCase();
  return { kind: kindOf(name), name, value: said.slice(colon + 1).trim() };
}

function kindOf(name: string): RobotsFileLine["kind"] {
  if (name === "user-agent") return "agent";
  if (name === "allow" || name === "disallow") return "rule";
  return GROUP_FIELDS.has(name) ? "group-field" : "other-field";
}

/** The token of a User-agent line: crawlers leave out a version. */
function tokenOf(value: string): string {
  return (value.split("/", 1)[0] ?? "").trim().toLowerCase();
}

function readGroups(
  lines: readonly RobotsFileLine[],
): Pick<RobotsFile, "before" | "groups" | "after"> {
  const before: RobotsFileLine[] = [];
  const groups: { lead: RobotsFileLine[]; agents: string[]; lines: RobotsFileLine[] }[] = [];
  let loose = before;
  let group: (typeof groups)[number] | undefined;
  let hasRules = true;
  for (const line of lines) {
    if (line.kind === "agent" && hasRules) {
      const lead = loose === before ? [] : loose;
      group = { lead, agents: [], lines: [] };
      groups.push(group);
      loose = [];
      hasRules = false;
    }
    if (group === undefined) {
      before.push(line);
      continue;
    }
    // Other lines must not change which lines form a group (RFC 9309 §2.2.4).
    if (line.kind === "agent" || line.kind === "rule" || line.kind === "group-field") {
      group.lines.push(...loose, line);
      loose = [];
      if (line.kind === "agent") group.agents.push(tokenOf(line.value));
      else if (line.kind === "rule") hasRules = true;
    } else loose.push(line);
  }
  return { before, groups, after: group === undefined ? [] : loose };
}

/** The rule of a line; undefined if it has none, an empty one, which says nothing, or an endless one. */
export function ruleOf({ name, value, number }: RobotsFileLine): OriginRule | undefined {
  if ((name !== "allow" && name !== "disallow") || value === "") return undefined;
  const glob = parseGlob(value);
  if (glob.length > LONGEST_GLOB) return undefined;
  const { length } = value;
  const escaped = value.replaceAll(/[^\w\-.!~*'();/?:@&=+$,#%]/g, "%00").length;
  const unescaped = value.replaceAll(/%[\da-f]{2}/gi, "x").length;
  return {
    allow: name === "allow",
    glob,
    shortest: Math.min(length, unescaped),
    longest: Math.max(length, escaped),
    line: number,
  };
}
