import type { PatternPart } from "./path-captures.ts";

/** Compiles a path pattern to a test whose cost is linear in the path. */
export function compileTest(parts: readonly PatternPart[]): (path: string) => boolean {
  const [first] = parts;
  if (parts.length === 1 && first?.kind === "literal") {
    const { text } = first;
    return (path) => path === text;
  }
  const blocks = blocksOf(parts);
  return isPlain(parts) ? (path) => matchBlocks(blocks, path) : (path) => simulate(parts, path);
}

/** The parts between two `*` of a pattern. */
type Block = Exclude<PatternPart, { kind: "any" }>[];

function blocksOf(parts: readonly PatternPart[]): readonly [Block, ...Block[]] {
  const blocks: [Block, ...Block[]] = [[]];
  for (const part of parts) {
    if (part.kind === "any") blocks.push([]);
    else blocks.at(-1)?.push(part);
  }
  return blocks;
}

/** Whether each `:name` is followed by "/" or the end, and so matches from its start in one way. */
function isPlain(parts: readonly PatternPart[]): boolean {
  return parts.every((part, i) => {
    const next = parts[i + 1];
    if (part.kind !== "segment" || next === undefined) return true;
    return next.kind === "literal" && next.text.startsWith("/");
  });
}

/** Matches blocks in order, each at its first position: one that begins earlier ends no later. */
function matchBlocks([first, ...others]: readonly [Block, ...Block[]], path: string): boolean {
  let at = endOf(first, path, 0);
  if (at === -1) return false;
  const last = others.pop();
  if (last === undefined) return at === path.length;
  for (const block of others) {
    at = search(block, path, at, false);
    if (at === -1) return false;
  }
  return search(last, path, at, true) !== -1;
}

/** The end of a block that begins at a position; -1 if it does not match there. */
function endOf(block: Block, path: string, from: number): number {
  let at = from;
  for (const part of block) {
    if (part.kind === "literal") {
      if (!path.startsWith(part.text, at)) return -1;
      at += part.text.length;
      continue;
    }
    const slash = path.indexOf("/", at);
    const end = slash === -1 ? path.length : slash;
    if (end === at) return -1;
    at = end;
  }
  return at;
}

/** The end of a block that begins at or after a position; with `atEnd`, it must end the path. */
function search(block: Block, path: string, from: number, atEnd: boolean): number {
  const [first] = block;
  if (first === undefined) return from;
  if (atEnd && block.length === 1 && first.kind === "literal") {
    return path.length - first.text.length >= from && path.endsWith(first.text) ? path.length : -1;
  }
  for (let at = from; at <= path.length; at++) {
    if (first.kind === "literal") at = path.indexOf(first.text, at);
    if (at === -1) return -1;
    const end = endOf(block, path, at);
    if (end !== -1 && (!atEnd || end === path.length)) return end;
  }
  return -1;
}

/** A step of a pattern: one literal character, or a run of any (in a segment: except "/"). */
export type Step =
  | { readonly kind: "char"; readonly char: string }
  | Exclude<PatternPart, { kind: "literal" }>;

/** Tests all ways to match in parallel, one character at a time. */
function simulate(parts: readonly PatternPart[], path: string): boolean {
  const steps = parts.flatMap((part): Step[] =>
    part.kind === "literal" ? Array.from(part.text, (char) => ({ kind: "char", char })) : [part],
  );
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
  for (const char of path) {
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
