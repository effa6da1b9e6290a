import { PLAIN } from "../../src/http/path-escapes.ts";

// The readings of a path as `readPath` gives them for guards, by text replacement, at any cost.

const UNRESERVED = /[A-Za-z0-9._~-]/;
const escapeOf = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

export function canonicalEscapes(path: string, high: "byte" | "character" = "byte"): string {
  return path.replaceAll(/%[0-9a-f]{2}|[^]/giu, (char) => {
    if (char.length === 3 && char.startsWith("%")) {
      const byte = Number.parseInt(char.slice(1), 16);
      const text = String.fromCharCode(byte);
      return UNRESERVED.test(text) ? text : escapeOf(byte);
    }
    const code = char.codePointAt(0) as number;
    if (PLAIN[code] === 1 || "%;\\".includes(char)) return char;
    if (code < 0x80 || (code < 0x100 && high === "byte")) return escapeOf(code);
    return encodeURIComponent(char.toWellFormed());
  });
}

export function resolveDots(path: string): string {
  const out: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [i, segment] of segments.entries()) {
    const isDots = /^(?:\.|%2e){1,2}$/i.test(segment);
    if (!isDots) out.push(segment);
    else if (/^(?:\.|%2e){2}$/i.test(segment)) out.pop();
    if (isDots && i === segments.length - 1) out.push("");
  }
  return `/${out.join("/")}`;
}

export function looseReadings(path: string): readonly string[] {
  const loose = path
    .replaceAll(
      /%C[01]%[89AB][0-9A-F]|%E0%8[01]%[89AB][0-9A-F]|%F0%80%8[01]%[89AB][0-9A-F]/g,
      (escapes) => {
        const bytes = escapes.match(/[0-9A-F]{2}/g)?.map((hex) => Number.parseInt(hex, 16)) ?? [];
        return escapeOf((((bytes.at(-2) ?? 0) & 1) << 6) | ((bytes.at(-1) ?? 0) & 0x3f));
      },
    )
    .replaceAll(/%u00([0-9a-f]{2})/gi, "%$1")
    .replaceAll(/%25(?=[0-9A-Fa-f]{2})/g, "%");
  const [beforeNul = "", ...rest] = loose.split("%00");
  const whole = canonicalEscapes(loose);
  return rest.length === 0 ? [whole] : [whole, canonicalEscapes(beforeNul || "/")];
}

/** Decodes escapes once, except those of "/" and "\"; those that are not part of UTF-8 stay. */
export function decodeText(text: string): string {
  const sequence =
    /%[0-7][\da-f]|%[cd][\da-f](?:%[89ab][\da-f])|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-4](?:%[89ab][\da-f]){3}/gi;
  return text.replaceAll(sequence, (escapes) => {
    if (/^%(?:2f|5c)$/i.test(escapes)) return escapes;
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

export function withoutSegmentEnds(path: string): string {
  return path
    .split("/")
    .map((segment) => segment.replace(/[. ]+$/, "") || segment)
    .join("/");
}

const mergeSlashes = (path: string): string => path.replaceAll(/\/{2,}/g, "/");
const strip = (path: string): string => path.replaceAll(/;[^/]*/g, "");
const open = (path: string): string =>
  path.replaceAll(/%(?:2[146-9ABC]|3[ABD]|40)/g, (escape) => decodeURIComponent(escape));

const STEPS: readonly ((path: string) => readonly string[])[] = [
  (path) => [path, path.startsWith("//") ? path.replace(/^\/{2,}[^/]*/, "") || "/" : path],
  (path) => [path, ...looseReadings(path)],
  (path) => [path, open(path)],
  (path) => [path, strip(path)],
  (path) => {
    const slashed = path.replaceAll("\\", "/");
    return [path, slashed, path.replaceAll("%2F", "/"), slashed.replaceAll(/%2F|%5C/g, "/")];
  },
  (path) => [path, strip(path)],
  (path) => {
    const [merged, resolved] = [mergeSlashes(path), resolveDots(path)];
    return [path, merged, resolved, mergeSlashes(resolved), resolveDots(merged)];
  },
];

/** All readings, in any order. */
export function naiveReadings(path: string): ReadonlySet<string> {
  const resolved = resolveDots(path.replaceAll("\\", "/"));
  const start = [canonicalEscapes(resolved), canonicalEscapes(path)];
  if (/[\x80-\xff]/.test(path)) start.push(canonicalEscapes(resolved, "character"));
  const found = STEPS.reduce(
    (paths, step) => [...new Set(paths.flatMap((each) => step(each)))],
    start,
  );
  return new Set([start[0] as string, ...found]);
}
