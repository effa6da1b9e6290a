/** A part of a path pattern: literal text, any run of characters, or one within a segment. */
export type PatternPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "any"; readonly name: string }
  | { readonly kind: "segment"; readonly name: string };

/** The longest path with captures: the tables have a byte for each character and part. */
const MAX_PATH = 8192;

/** The text of each group, `*` the longest, `:name` the shortest: one pass back, one forth. */
export function captureGroups(
  parts: readonly PatternPart[],
  path: string,
): ReadonlyMap<string, string> | undefined {
  if (path.length > MAX_PATH) return undefined;
  const tables = reachable(parts, path);
  if (tables[0]?.[0] !== 1) return undefined;
  const groups = new Map<string, string>();
  let at = 0;
  for (const [i, part] of parts.entries()) {
    if (part.kind === "literal") {
      at += part.text.length;
      continue;
    }
    const rest = tables[i + 1] as Uint8Array;
    const end = part.kind === "any" ? rest.lastIndexOf(1) : rest.indexOf(1, at + 1);
    groups.set(part.name, path.slice(at, end));
    at = end;
  }
  return groups;
}

/** tables[p][i] = 1: the path from i on can be read as the parts from p on. */
function reachable(parts: readonly PatternPart[], path: string): readonly Uint8Array[] {
  const length = path.length;
  let after = new Uint8Array(length + 1);
  after[length] = 1;
  const tables = [after];
  for (const part of parts.toReversed()) {
    const table = new Uint8Array(length + 1);
    for (let i = length; i >= 0; i--) table[i] = canStart(part, path, i, table, after) ? 1 : 0;
    tables.unshift(table);
    after = table;
  }
  return tables;
}

function canStart(
  part: PatternPart,
  path: string,
  at: number,
  own: Uint8Array,
  after: Uint8Array,
): boolean {
  switch (part.kind) {
    case "literal":
      return after[at + part.text.length] === 1 && path.startsWith(part.text, at);
    case "any":
      return after[at] === 1 || own[at + 1] === 1;
    case "segment":
      if (at === path.length || path[at] === "/") return false;
      return after[at + 1] === 1 || own[at + 1] === 1;
  }
}
