/** The parts of an origin-form request target (RFC 9112 §3.2.1). */
export interface Target {
  readonly path: string;
  /** With its "?", or empty. */
  readonly query: string;
}

/** Splits an origin-form target at its first "?". */
export function splitTarget(target: string): Target {
  const at = target.indexOf("?");
  return at === -1
    ? { path: target, query: "" }
    : { path: target.slice(0, at), query: target.slice(at) };
}

/**
 * The URL of an origin-form target on the origin of another URL. Resolving it as a reference would
 * read "//host/path" as another host.
 */
export function urlOnOrigin(target: string, of: URL): URL {
  return new URL(of.origin + target);
}

/**
 * An origin-form target on an origin, in the spelling that all of its kind share: what is kept for a
 * URL is told apart, and purged, by this.
 */
export function canonicalUrl(origin: string, target: string): string {
  const { path, query } = splitTarget(target);
  return origin + (readings(path)[0] ?? path) + normalizeEscapes(query);
}

/**
 * The ways in which servers read a path, canonical first: dot segments resolved, needless
 * percent-encoding undone and what a path can't hold encoded. Where the path has them: "%2f" and "\\"
 * read as "/", "//" as "/", escapes of punctuation undone, and ";" with what follows it in a segment
 * left out.
 */
export function readings(path: string): readonly string[] {
  if (isPlain(path)) return [path];
  const found = new Set<string>();
  // Node gives bytes as characters of their own, workerd the characters that they spell.
  for (const encode of HIGH.test(path) ? [encodeByte, encodeCharacter] : [encodeByte]) {
    for (const spelling of spellings(normalizeEscapes(path.replaceAll(RAW, encode)))) {
      const resolved = resolveDots(spelling);
      found.add(resolved);
      // Servers differ in what comes first: after a merge, ".." takes another segment away.
      found.add(mergeSlashes(resolved));
      found.add(resolveDots(mergeSlashes(spelling)));
    }
  }
  return [...found];
}

function spellings(escaped: string): ReadonlySet<string> {
  // URL parsers read "\\" as "/" and leave "%2f" alone.
  const parsed = escaped.replaceAll("\\", "/");
  const decoded = escaped.replaceAll("%2F", "/");
  const slashed = decoded.replaceAll(/\\|%5C/g, "/");
  const opened = slashed.replaceAll(ESCAPED_PUNCTUATION, (escape) => decodeURIComponent(escape));
  const bare = opened.replaceAll(/;[^/]*/g, "");
  return new Set([escaped, parsed, decoded, slashed, opened, bare]);
}

/** One reading, found without building anything: no escape, no empty and no dot segment. */
function isPlain(path: string): boolean {
  let before = 0;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (PLAIN[code] !== 1) return false;
    if (before === SLASH && (code === SLASH || code === DOT)) return false;
    before = code;
  }
  return true;
}

const SLASH = 0x2f;
const DOT = 0x2e;

/** By code: whether a character means itself alone, wherever it stands. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, code) =>
  code > 0x20 && code < 0x7f && !'%\\;"#<>?`{}^'.includes(String.fromCharCode(code)) ? 1 : 0,
);

/** What a path can't hold as it is (the path percent-encode set of the URL standard). */
const RAW = /[^\x21-\x7e]|["#<>?`{}^]/gu;

/** `!$&'()*+,:;=@`, which mean the same escaped to nearly every server (RFC 3986 §3.3, pchar). */
const ESCAPED_PUNCTUATION = /%(?:2[146-9ABC]|3[ABD]|40)/g;

const HIGH = /[\x80-\xff]/;

function encodeByte(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code > 0xff
    ? encodeCharacter(char)
    : `%${code.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** A lone surrogate, which no parser gives, becomes U+FFFD. */
function encodeCharacter(char: string): string {
  return encodeURIComponent(char.toWellFormed());
}

/** RFC 3986 §6.2.2: unreserved characters unescaped, hexadecimal digits in upper case. */
export function normalizeEscapes(path: string): string {
  return path.includes("%") ? path.replaceAll(/%[0-9A-Fa-f]{2}/g, normalizeEscape) : path;
}

function normalizeEscape(escape: string): string {
  const char = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(char) ? char : escape.toUpperCase();
}

/** RFC 3986 §5.2.4. */
function resolveDots(path: string): string {
  if (!path.includes("/.")) return path;
  const segments = path.split("/").slice(1);
  const out: string[] = [];
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1;
    if (segment === "..") out.pop();
    else if (segment !== ".") out.push(segment);
    if (last && (segment === "." || segment === "..")) out.push("");
  });
  return `/${out.join("/")}`;
}

function mergeSlashes(path: string): string {
  return path.includes("//") ? path.replaceAll(/\/{2,}/g, "/") : path;
}
