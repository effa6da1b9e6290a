import {
  decodeText,
  foldCase,
  withoutSegmentEnds,
  withoutTrailingSlash,
} from "../http/fold-path.ts";
import { lenientForms, lenientText, strayReadings } from "../http/lenient-path.ts";
import { isAscii } from "../http/code-units.ts";
import { patternOf, type PathPattern } from "../http/path-pattern.ts";
import type { PathSettings } from "./paths-schema.ts";

/** How paths and patterns are folded, so that some differences between them do not count. */
export interface PathFolding {
  /** Folded forms of one reading of a path; a pattern matches the path if it matches any form. */
  readonly forms: (reading: string) => readonly string[];
  /** The folded patterns that stand for a pattern. */
  readonly patterns: (pattern: PathPattern) => readonly PathPattern[];
}

/** Folds as the rules say that the origin server reads paths; by default not at all. */
export function exactFolding({
  case: letters,
  trailingSlash,
}: Pick<PathSettings, "case" | "trailingSlash">) {
  const isSameCase = letters === "insensitive";
  const isSameSlash = trailingSlash === "same";
  if (!isSameCase && !isSameSlash) {
    return { formOf: (reading: string) => reading, patterns: (pattern: PathPattern) => [pattern] };
  }
  const text = (each: string): string => (isSameCase ? foldCase(decodeText(each)) : each);
  return {
    formOf: (reading: string) =>
      isSameSlash ? withoutTrailingSlash(text(reading)) : text(reading),
    patterns: (pattern: PathPattern) => foldPattern(pattern, text, isSameSlash),
  };
}

/** Folds every difference that the rules do not declare significant, for guards. */
export function waryFolding({
  case: letters,
  trailingSlash,
}: Pick<PathSettings, "case" | "trailingSlash">): PathFolding {
  const letterCase = letters === "sensitive" ? (text: string) => text : foldCase;
  const slash = trailingSlash === "different" ? (path: string) => path : withoutTrailingSlash;
  const lenient = (text: string): string => lenientText(text, letters !== "sensitive");
  return {
    forms: (reading) => {
      const decoded = decodeText(reading);
      const form = slash(letterCase(decoded));
      if (isFoldedAsItIs(decoded)) return [form];
      const forms = new Set([form, slash(withoutSegmentEnds(letterCase(decoded)))]);
      for (const each of [decoded, ...strayReadings(decoded)]) {
        for (const other of lenientForms(lenient(each))) forms.add(slash(other));
      }
      return [...forms];
    },
    patterns: (pattern) =>
      [letterCase, lenient].flatMap((fold, i) => {
        const isFirst = i === 0;
        if (!isFirst && isAscii(decodeText(pattern.literals.join("")))) return [];
        const text = (literal: string): string => fold(decodeText(literal));
        return foldPattern(pattern, text, trailingSlash !== "different");
      }),
  };
}

/** Whether a path is visible ASCII, and has nothing that Windows or a second parser would cut off. */
function isFoldedAsItIs(decoded: string): boolean {
  return /^[\x21-\x7e]*$/.test(decoded) && !/\.(?:\/|$)|%(?:u|[89a-f])|:\$|[?#]/i.test(decoded);
}

function foldPattern(
  { source, parts }: PathPattern,
  text: (literal: string) => string,
  foldsSlash: boolean,
): readonly PathPattern[] {
  const folded = parts.map((part) =>
    part.kind === "literal" ? { ...part, text: text(part.text) } : part,
  );
  const kinds = foldsSlash ? withoutSlashAtEnd(folded) : [folded];
  return kinds.map((each) => patternOf(source, each));
}

type Parts = PathPattern["parts"];

/** The patterns for paths without a final "/": `/a/*` becomes `/a/*` and `/a`. */
function withoutSlashAtEnd(parts: Parts): readonly Parts[] {
  let end = parts.length;
  while (parts[end - 1]?.kind === "any") end--;
  const last = parts[end - 1];
  if (last?.kind !== "literal" || !last.text.endsWith("/")) return [parts];
  const isRoot = end === 1 && last.text === "/";
  if (isRoot) return [parts];
  const rest = last.text.slice(0, -1);
  const stripped: Parts = [...parts.slice(0, end - 1), ...(rest ? [{ ...last, text: rest }] : [])];
  return end === parts.length ? [stripped] : [parts, stripped];
}
