import type { Attributes } from "./attributes.ts";

/** A simple selector: a tag, classes, an id and attributes; all must match. */
export interface Selector {
  readonly tag: string;
  readonly id: string;
  readonly classes: readonly string[];
  readonly attributes: readonly { readonly name: string; readonly value: string | undefined }[];
}

const PART =
  /^(?:([a-z][\w-]*|\*)|\.([\w-]+)|#([\w-]+)|\[([\w-]+)(?:=(?:"([^"]*)"|'([^']*)'|([^\]"']*)))?\])/i;

/** Parses a simple selector; undefined for any other. */
export function parseSelector(source: string): Selector | undefined {
  let rest = source.trim();
  if (rest === "") return undefined;
  let tag = "";
  let id = "";
  const classes: string[] = [];
  const attributes: { name: string; value: string | undefined }[] = [];
  while (rest !== "") {
    const part = PART.exec(rest);
    if (part === null) return undefined;
    if (part[1] !== undefined) {
      if (rest.length !== source.trim().length) return undefined;
      tag = part[1] === "*" ? "" : part[1].toLowerCase();
    } else if (part[2] !== undefined) classes.push(part[2]);
    else if (part[3] !== undefined) id = part[3];
    else {
      const value = part[5] ?? part[6] ?? part[7];
      attributes.push({ name: (part[4] ?? "").toLowerCase(), value });
    }
    rest = rest.slice(part[0].length);
  }
  return { tag, id, classes, attributes };
}

/** Whether an element matches one of these selectors. */
export function matchesAny(
  selectors: readonly Selector[],
  tag: string,
  attributes: Attributes,
): boolean {
  for (const selector of selectors) if (matches(selector, tag, attributes)) return true;
  return false;
}

function matches(selector: Selector, tag: string, attributes: Attributes): boolean {
  if (selector.tag !== "" && selector.tag !== tag) return false;
  if (selector.id !== "" && attributes.get("id") !== selector.id) return false;
  if (selector.classes.length > 0) {
    const classes = attributes.get("class")?.split(/\s+/u) ?? [];
    if (!selector.classes.every((name) => classes.includes(name))) return false;
  }
  return selector.attributes.every(({ name, value }) => {
    const actual = attributes.get(name);
    return actual !== undefined && (value === undefined || actual === value);
  });
}
