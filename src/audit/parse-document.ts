import { parseJson } from "../http/json.ts";

/** Levels of nesting that a document may have; V8 takes a second for a million. */
const DEEPEST = 200;

/** Parses a JSON document of a site; undefined if it is malformed, or nested too deeply. */
export function parseDocument(text: string): unknown {
  return isDeeper(text, DEEPEST) ? undefined : parseJson(text);
}

function isDeeper(text: string, most: number): boolean {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isString) {
      if (char === "\\") at++;
      else if (char === '"') isString = false;
    } else if (char === '"') isString = true;
    else if (char === "[" || char === "{") {
      depth++;
      if (depth > most) return true;
    } else if (char === "]" || char === "}") depth--;
  }
  return false;
}
