import { quote } from "../../rules/fault.ts";

/** A line of JSON Lines that describes a request, or what is wrong with it. */
export type RequestLine =
  | {
      readonly kind: "request";
      readonly id: unknown;
      readonly method: string;
      readonly url: string;
      /** By lower-case name, the lines of a field combined with ", " (RFC 9110 §5.3). */
      readonly fields: ReadonlyMap<string, string>;
      /** Seconds since the epoch, where the line says. */
      readonly now: number | undefined;
    }
  | { readonly kind: "malformed"; readonly id: unknown; readonly message: string };

/** Parses `{"id","method","url","headers":[[name,value],…],"now"?}`. */
export function parseRequestLine(text: string): RequestLine {
  let line: unknown;
  try {
    line = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return { kind: "malformed", id: null, message: "not JSON" };
  }
  if (typeof line !== "object" || line === null || Array.isArray(line)) {
    return { kind: "malformed", id: null, message: `expected an object, not ${quote(line)}` };
  }
  const { id = null, method, url, headers, now } = line as Record<string, unknown>;
  const malformed = (message: string): RequestLine => ({ kind: "malformed", id, message });
  if (typeof method !== "string" || !TOKEN.test(method)) {
    return malformed(`"method": expected a method such as "GET", not ${quote(method)}`);
  }
  if (typeof url !== "string" || !/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    return malformed(`"url": expected an absolute http or https URL, not ${quote(url)}`);
  }
  if (now !== undefined && (typeof now !== "number" || !Number.isFinite(now))) {
    return malformed(`"now": expected seconds since the epoch, not ${quote(now)}`);
  }
  const fields = combineLines(headers);
  if (typeof fields === "string") return malformed(`"headers": ${fields}`);
  return { kind: "request", id, method, url, fields, now };
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;

/** Combines field lines in their order, or says what is wrong with them. */
function combineLines(lines: unknown): Map<string, string> | string {
  if (!Array.isArray(lines)) return `expected a list of [name, value], not ${quote(lines)}`;
  const fields = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const [name, value, ...more] = Array.isArray(line) ? (line as unknown[]) : [];
    const isPair = typeof name === "string" && typeof value === "string" && more.length === 0;
    if (!isPair) return `expected [name, value] at ${index}, not ${quote(line)}`;
    if (!TOKEN.test(name)) return `${quote(name)} at ${index} is no field name`;
    const key = name.toLowerCase();
    // RFC 9110 §5.5: whitespace around a line's value is no part of it.
    const text = value.replace(/^[ \t]+|[ \t]+$/g, "");
    const before = fields.get(key);
    fields.set(key, before === undefined ? text : `${before}, ${text}`);
  }
  return fields;
}
