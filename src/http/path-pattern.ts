import { captureGroups, type PatternPart } from "./path-captures.ts";
import { compileTest } from "./path-test.ts";

/**
 * A compiled pathname pattern in URL Pattern syntax: literal text, `*` (anything) and `:name` (one
 * or more characters of one segment). Its cost is linear in the path for any pattern.
 */
export interface PathPattern {
  readonly source: string;
  /** What it consists of, in order; no literal is beside another. */
  readonly parts: readonly PatternPart[];
  /** Runs of literal text in order, as they stand in a canonical path. */
  readonly literals: readonly string[];
  test(path: string): boolean;
  /** Names of the groups in order; a `*` is named by its number among the `*`, from "0". */
  readonly groups: readonly string[];
  /** What each group stands for, as URL Pattern matches it; undefined if the path is another. */
  exec(path: string): ReadonlyMap<string, string> | undefined;
}

/** One step of a pattern: a literal character, or a run of any (not "/" in a segment) characters. */
type Step =
  | { readonly kind: "char"; readonly char: string }
  | { readonly kind: "any"; readonly name: string }
  | { readonly kind: "segment"; readonly name: string };

/** Compiles a pattern, or returns its fault as a clause. */
export function compilePathPattern(
  source: string,
): { readonly pattern: PathPattern } | { readonly fault: string } {
  if (!source.startsWith("/")) return { fault: 'a path must begin with "/"' };
  if (source.length > 1024) return { fault: "a path is at most 1024 characters long" };
  const steps: Step[] = [];
  const names = new Set<string>();
  let stars = 0;
  for (let i = 0; i < source.length;) {
    const char = String.fromCodePoint(source.codePointAt(i) as number);
    i += char.length;
    if (char === "(" || char === ")") return { fault: "regular expression groups are not allowed" };
    if (char === "{" || char === "}") return { fault: 'groups in "{ }" are not supported' };
    if (/[?+]/.test(char)) return { fault: `a literal "${char}" needs a "\\" before it` };
    if (char === "*" || char === ":") {
      const name = char === ":" ? (NAME.exec(source.slice(i))?.[0] ?? "") : "*";
      if (name === "") return { fault: 'a ":" needs a name after it, or a "\\" before it' };
      if (char === ":" && names.has(name)) return { fault: `the name ":${name}" occurs twice` };
      names.add(name);
      if (char === ":") i += name.length;
      if (/[?+*]/.test(source[i] ?? "")) return { fault: "modifiers are not supported" };
      if (char === "*") steps.push({ kind: "any", name: String(stars++) });
      else steps.push({ kind: "segment", name });
    } else if (char === "\\") {
      if (i === source.length) return { fault: 'a "\\" at the end escapes nothing' };
      const escaped = String.fromCodePoint(source.codePointAt(i) as number);
      i += escaped.length;
      pushLiteral(steps, escaped);
    } else pushLiteral(steps, char);
  }
  return { pattern: patternOf(source, toParts(steps)) };
}

/** The pattern of given parts. */
export function patternOf(source: string, parts: readonly PatternPart[]): PathPattern {
  return {
    source,
    parts,
    literals: parts.flatMap((part) => (part.kind === "literal" ? [part.text] : [])),
    test: compileTest(parts),
    groups: parts.flatMap((part) => (part.kind === "literal" ? [] : [part.name])),
    exec: (path) => captureGroups(parts, path),
  };
}

const NAME = /^[\p{ID_Start}_$][\p{ID_Continue}$]*/u;

/**
 * Adds a character as it stands in a canonical path: percent-encoded if a path can't contain it.
 */
function pushLiteral(steps: Step[], char: string): void {
  const encoded = /[^\x21-\x7e]|["#<>?`{}^]/.test(char) ? encodeURIComponent(char) : char;
  for (const each of encoded) steps.push({ kind: "char", char: each });
}

/** Runs of literal characters as one part, for captures. */
function toParts(steps: readonly Step[]): PatternPart[] {
  const parts: PatternPart[] = [];
  let text = "";
  for (const step of steps) {
    if (step.kind === "char") {
      text += step.char;
      continue;
    }
    if (text !== "") parts.push({ kind: "literal", text });
    text = "";
    parts.push(step);
  }
  if (text !== "") parts.push({ kind: "literal", text });
  return parts;
}

/** Whether no path can match both patterns, as far as their literal beginnings tell. */
export function areDisjoint(a: string, b: string): boolean {
  const [one, other] = [literalStart(a), literalStart(b)];
  if (isLiteral(a) && isLiteral(b)) return a !== b;
  return !one.startsWith(other) && !other.startsWith(one);
}

/** Whether a pattern matches the one path that it spells. */
export function isLiteral(pattern: string): boolean {
  return !/[*:\\]/.test(pattern);
}

function literalStart(pattern: string): string {
  return /^[^*:\\]*/.exec(pattern)?.[0] ?? "";
}
