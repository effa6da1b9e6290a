import { isObject, parseJson } from "../../http/json.ts";
import { utf8Octets } from "../../agent/web-bot-auth/octets.ts";
import { quote } from "../../rules/fault.ts";

/** A line of JSON Lines: a request, or the reason why it is malformed. */
type RequestLine =
  | {
      readonly kind: "request";
      readonly id: unknown;
      readonly method: string;
      readonly url: string;
      /** The target as the line writes it, in origin-form. */
      readonly target: string;
      /** Fields by lower-case name, with lines combined by ", " (RFC 9110 §5.3). */
      readonly fields: ReadonlyMap<string, string>;
      /** Seconds since the epoch, if the line has them. */
      readonly now: number | undefined;
      /** The content, if the line has it. */
      readonly content: Uint8Array<ArrayBuffer> | undefined;
    }
  | { readonly kind: "malformed"; readonly id: unknown; readonly message: string };

/** A request that a line describes. */
export type DescribedRequest = Extract<RequestLine, { kind: "request" }>;

/** Parses `{"id","method","url","headers":[[name,value],…],"now"?,"body"?}`; `body` is text. */
export function parseRequestLine(text: string): RequestLine {
  const line = parseJson(text.replace(/^\uFEFF/, ""));
  if (line === undefined) return { kind: "malformed", id: null, message: "not JSON" };
  if (!isObject(line)) {
    return { kind: "malformed", id: null, message: `expected an object, not ${quote(line)}` };
  }
  const { id = null, method, url, headers, now, body } = line;
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
  if (body !== undefined && body !== null && typeof body !== "string") {
    return malformed(`"body": expected a text, not ${quote(body)}`);
  }
  const fields = combineLines(headers);
  if (typeof fields === "string") return malformed(`"headers": ${fields}`);
  const content = typeof body === "string" ? new TextEncoder().encode(body) : undefined;
  return { kind: "request", id, method, url, target: targetOf(url), fields, now, content };
}

/** The target that a client sends for the text of a URL, in octets. */
function targetOf(url: string): string {
  const [, target = ""] = /^https?:\/\/[^/?#\\]*([^#]*)/i.exec(url) ?? [];
  return utf8Octets(target.startsWith("/") ? target : `/${target}`);
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
