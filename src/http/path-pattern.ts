import { captureGroups, type PatternPart } from "./path-captures.ts";
import { compileTest, type Step } from "./path-test.ts";

/** A compiled path pattern: text, `*` (anything), `:name` (in one segment); linear in the path. */
export interface PathPattern {
  readonly source: string;
  /** The parts in order; two literals are never adjacent. */
  readonly parts: readonly PatternPart[];
  /** The literals in order, escaped as in a canonical path. */
  readonly literals: readonly string[];
  test(path: string): boolean;
  /** Names of the groups in order; each `*` is named by its number among the `*`, from "0". */
  readonly groups: readonly string[];
  /** The text of each group, as in URL Pattern; undefined if the path does not match. */
  exec(path: string): ReadonlyMap<string, string> | undefined;
}

/** Compiles a pattern; if it has a fault, returns that as a clause. */
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

/** Compiles a pattern that a schema has validated; throws a TypeError if it has a fault. */
export function validPathPattern(source: string): PathPattern {
  const compiled = compilePathPattern(source);
  if ("fault" in compiled) throw new TypeError(`${source}: ${compiled.fault}`);
  return compiled.pattern;
}

/** Makes a pattern of parts. */
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

/** Adds a literal character, escaped if a path can't contain it. */
function pushLiteral(steps: Step[], char: string): void {
  const encoded = /[^\x21-\x7e]|["#<>?`{}^]/.test(char) ? encodeURIComponent(char) : char;
  for (const each of encoded) steps.push({ kind: "char", char: each });
}

/** Joins literal characters to parts. */
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

/** Whether the literal beginnings of two patterns show that no path matches both. */
export function areDisjoint(a: string, b: string): boolean {
  const [one, other] = [literalStart(a), literalStart(b)];
  if (isLiteral(a) && isLiteral(b)) return a !== b;
  return !one.startsWith(other) && !other.startsWith(one);
}

/** Whether a pattern has no group, so that it matches one path only. */
export function isLiteral(pattern: string): boolean {
  return !/[*:\\]/.test(pattern);
}

function literalStart(pattern: string): string {
  return /^[^*:\\]*/.exec(pattern)?.[0] ?? "";
}
