/** JSON that passed the bounds, or the reason why it did not. */
export type StrictJson =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "malformed"; readonly why: "syntax" | "depth" | "duplicate-name" };

/** A string, or a character that opens, closes or separates; all else is a number or a word. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/**
 * Parses JSON in the way of RFC 7493 (I-JSON): a name that occurs twice in an object is a fault,
 * because two parsers can read two values from it. The text must be bounded by the caller.
 *
 * @param maxDepth of objects and lists
 */
export function parseStrictJson(text: string, maxDepth: number): StrictJson {
  if (depthOf(text) > maxDepth) return { kind: "malformed", why: "depth" };
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    return { kind: "malformed", why: "syntax" };
  }
  return hasDuplicateName(text)
    ? { kind: "malformed", why: "duplicate-name" }
    : { kind: "value", value };
}

/** The deepest nesting in a text, before it is known to be JSON. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") deepest = Math.max(deepest, ++depth);
    else if (token === "}" || token === "]") depth -= 1;
  }
  return deepest;
}

/** Whether an object of well-formed JSON has a name twice, however it is escaped. */
function hasDuplicateName(text: string): boolean {
  const open: Set<string>[] = [];
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const names = open.at(-1);
      const name = JSON.parse(last) as string;
      if (names?.has(name)) return true;
      names?.add(name);
    } else last = token;
  }
  return false;
}
