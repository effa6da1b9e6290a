import { isObject, parseJson } from "../../http/json.ts";
import { quote } from "../../rules/fault.ts";

/** A line of JSON Lines: a request, or the reason why it is malformed. */
type RequestLine =
  | {
      readonly kind: "request";
      readonly id: unknown;
      readonly method: string;
      readonly url: string;
      /** Fields by lower-case name, with lines combined by ", " (RFC 9110 §5.3). */
      readonly fields: ReadonlyMap<string, string>;
      /** Seconds since the epoch, if the line has them. */
      readonly now: number | undefined;
    }
  | { readonly kind: "malformed"; readonly id: unknown; readonly message: string };

/** Parses `{"id","method","url","headers":[[name,value],…],"now"?}`. */
export function parseRequestLine(text: string): RequestLine {
  const line = parseJson(text.replace(/^\uFEFF/, ""));
  if (line === undefined) return { kind: "malformed", id: null, message: "not JSON" };
  if (!isObject(line)) {
    return { kind: "malformed", id: null, message: `expected an object, not ${quote(line)}` };
  }
  const { id = null, method, url, headers, now } = line;
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

/** Combines field lines in their order; returns a text if they are malformed. */
function combineLines(lines: unknown): Map<string, string> | string {
  if (!Array.isArray(lines)) return `expected a list of [name, value], not ${quote(lines)}`;
  const fields = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const [name, value, ...more] = Array.isArray(line) ? (line as unknown[]) : [];
    const isPair = typeof name === "string" && typeof value === "string" && more.length === 0;
    if (!isPair) return `expected [name, value] at ${index}, not ${quote(line)}`;
    if (!TOKEN.test(name)) return `${quote(name)} at ${index} is not a field name`;
    const key = name.toLowerCase();
    // RFC 9110 §5.5: a value excludes whitespace around it.
    const text = value.replace(/^[ \t]+|[ \t]+$/g, "");
    const before = fields.get(key);
    fields.set(key, before === undefined ? text : `${before}, ${text}`);
  }
  return fields;
}
