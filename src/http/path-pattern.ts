import { captureGroups, type Part } from "./path-captures.ts";

/**
 * A compiled pathname pattern in URL Pattern syntax: literal text, `*` (anything) and `:name` (one
 * or more characters of one segment). Its cost is linear in the path, whatever the pattern.
 */
export interface PathPattern {
  readonly source: string;
  test(path: string): boolean;
  /** Names of the groups in order; a `*` is named by its number among the `*`, from "0". */
  readonly groups: readonly string[];
  /** What each group stands for, as URL Pattern matches it; undefined where the path is another. */
  exec(path: string): ReadonlyMap<string, string> | undefined;
}

/** One step of a pattern: a literal character, or a run of any (not "/" in a segment) characters. */
type Step =
  | { readonly kind: "char"; readonly char: string }
  | { readonly kind: "any"; readonly name: string }
  | { readonly kind: "segment"; readonly name: string };

/** Compiles a pattern, or says in one clause what is wrong with it. */
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
  const groups = steps.flatMap((step) => (step.kind === "char" ? [] : [step.name]));
  const exec = (path: string) => captureGroups(toParts(steps), path);
  return { pattern: { source, test: compileSteps(steps), groups, exec } };
}

const NAME = /^[\p{ID_Start}_$][\p{ID_Continue}$]*/u;

/** Adds a character as it stands in a canonical path: percent-encoded where a path can't hold it. */
function pushLiteral(steps: Step[], char: string): void {
  const encoded = /[^\x21-\x7e]|["#<>?`{}^]/.test(char) ? encodeURIComponent(char) : char;
  for (const each of encoded) steps.push({ kind: "char", char: each });
}

/** Runs of literal characters as one part, for captures. */
function toParts(steps: readonly Step[]): Part[] {
  const parts: Part[] = [];
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

function compileSteps(steps: readonly Step[]): (path: string) => boolean {
  const wild = steps.findIndex(({ kind }) => kind !== "char");
  const prefix = literal(wild === -1 ? steps : steps.slice(0, wild));
  if (wild === -1) return (path) => path === prefix;
  const rest = steps.slice(wild);
  if (rest.length === 1 && rest[0]?.kind === "any") return (path) => path.startsWith(prefix);
  return (path) => path.startsWith(prefix) && simulate(rest, path, prefix.length);
}

function literal(steps: readonly Step[]): string {
  return steps.map((step) => (step.kind === "char" ? step.char : "")).join("");
}

/** Runs all ways to match side by side, one character at a time. */
function simulate(steps: readonly Step[], path: string, from: number): boolean {
  const end = steps.length;
  // live[s] = 1: the path so far can be read as steps[0..s); 2: inside the run of steps[s].
  let live = new Uint8Array(end + 1);
  const enter = (states: Uint8Array, state: number): void => {
    for (let s = state; ; s++) {
      states[s] = Math.max(states[s] as number, 1);
      if (steps[s]?.kind !== "any") return;
    }
  };
  enter(live, 0);
  for (let i = from; i < path.length; i++) {
    const char = path[i];
    const next = new Uint8Array(end + 1);
    for (let s = 0; s < end; s++) {
      if (live[s] === 0) continue;
      const step = steps[s] as Step;
      if (step.kind === "char") {
        if (step.char === char) enter(next, s + 1);
      } else if (step.kind === "any") enter(next, s);
      else if (char !== "/") {
        enter(next, s + 1);
        next[s] = Math.max(next[s] as number, 1);
      }
    }
    live = next;
  }
  return live[end] !== 0;
}
