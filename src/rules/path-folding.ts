import {
  decodeText,
  foldCase,
  foldForms,
  withoutSegmentEnds,
  withoutTrailingSlash,
} from "../http/fold-path.ts";
import { patternOf, type PathPattern } from "../http/path-pattern.ts";
import type { PathSettings } from "./paths-schema.ts";

/** Which differences between a path and a pattern do not count; one of the two in its own form. */
export interface PathFolding {
  /** The forms of one reading of a path; a pattern matches if it matches any of them. */
  readonly forms: (reading: string) => readonly string[];
  /** The patterns that match the forms of the paths that a pattern stands for. */
  readonly patterns: (pattern: PathPattern) => readonly PathPattern[];
}

/** Paths as the rules say that the origin reads them; as they are, if the rules say nothing. */
export function exactFolding({
  case: letters,
  trailingSlash,
}: Pick<PathSettings, "case" | "trailingSlash">): PathFolding {
  const isSameCase = letters === "insensitive";
  const isSameSlash = trailingSlash === "same";
  if (!isSameCase && !isSameSlash) {
    return { forms: (reading) => [reading], patterns: (pattern) => [pattern] };
  }
  const text = (each: string): string => (isSameCase ? foldCase(decodeText(each)) : each);
  return {
    forms: (reading) => [isSameSlash ? withoutTrailingSlash(text(reading)) : text(reading)],
    patterns: (pattern) => foldPattern(pattern, text, isSameSlash),
  };
}

/** Paths in all readings that the rules do not exclude, for a rule that must not be passed by. */
export function waryFolding({
  case: letters,
  trailingSlash,
}: Pick<PathSettings, "case" | "trailingSlash">): PathFolding {
  const letterCase = letters === "sensitive" ? (text: string) => text : foldCase;
  const slash = trailingSlash === "different" ? (path: string) => path : withoutTrailingSlash;
  const textOf = (decoded: string): string => letterCase(foldForms(decoded));
  return {
    forms: (reading) => {
      const decoded = decodeText(reading);
      const form = slash(textOf(decoded));
      if (isFoldedAsItIs(form)) return [form];
      // Before "*" a pattern may end within what compatibility forms join.
      const forms = new Set([form, slash(letterCase(decoded))]);
      for (const each of forms) forms.add(withoutSegmentEnds(each));
      return [...forms];
    },
    patterns: (pattern) =>
      foldPattern(pattern, (literal) => textOf(decodeText(literal)), trailingSlash !== "different"),
  };
}

/** Whether a form has neither characters outside of ASCII nor segments that Windows would shorten. */
function isFoldedAsItIs(form: string): boolean {
  return /^[\x21-\x7e]*$/.test(form) && !/\.(?:\/|$)/.test(form);
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

/** What a pattern matches, once each path is without the "/" at its end: `/a/*` is `/a/*` or `/a`. */
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
