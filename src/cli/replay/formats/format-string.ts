import { UsageError } from "../../usage.ts";
import {
  fault,
  parseCount,
  parseRequestLine,
  parseTarget,
  valueOf,
  type LineFormat,
  type LoggedRequest,
  type ParsedLine,
} from "../logged-request.ts";
import { decodeEscapes } from "./escapes.ts";
import { parseCommonTime, parseTime } from "./time.ts";

/** The values of a line that replay reads. */
type Part =
  | "request"
  | "method"
  | "target"
  | "path"
  | "query"
  | "status"
  | "bytes"
  | "address"
  | "forwardedFor"
  | "host"
  | "scheme"
  | "commonTime"
  | "bracketedTime"
  | "time"
  | "userAgent"
  | "referrer"
  | "accept";

/** Variables of nginx's log_format. */
const NGINX: Readonly<Record<string, Part>> = {
  request: "request",
  request_method: "method",
  request_uri: "target",
  uri: "path",
  document_uri: "path",
  args: "query",
  query_string: "query",
  status: "status",
  body_bytes_sent: "bytes",
  bytes_sent: "bytes",
  remote_addr: "address",
  http_x_forwarded_for: "forwardedFor",
  host: "host",
  http_host: "host",
  server_name: "host",
  scheme: "scheme",
  time_local: "commonTime",
  time_iso8601: "time",
  msec: "time",
  http_user_agent: "userAgent",
  http_referer: "referrer",
  http_accept: "accept",
};

/** Directives of Apache's LineFormat; those with a name in braces are in lower case. */
const APACHE: Readonly<Record<string, Part>> = {
  r: "request",
  m: "method",
  U: "path",
  q: "query",
  s: "status",
  b: "bytes",
  B: "bytes",
  O: "bytes",
  h: "address",
  a: "address",
  "{c}a": "address",
  v: "host",
  V: "host",
  t: "bracketedTime",
  "{host}i": "host",
  "{x-forwarded-for}i": "forwardedFor",
  "{user-agent}i": "userAgent",
  "{referer}i": "referrer",
  "{accept}i": "accept",
  "{sec}t": "time",
  "{msec}t": "time",
  "{usec}t": "time",
};

/** A piece of a line: literal text, then a value that ends at the next literal text. */
interface Piece {
  readonly before: string;
  readonly part: Part | undefined;
}

/** nginx's and Apache's format "combined". */
export const COMBINED =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

/** Characters of a format string, at most. */
const LONGEST = 2000;

/**
 * Compiles a format string of nginx (with `$`) or Apache (with `%`). Throws a UsageError if a line in it
 * can't be read: if it lacks a time, a path or a status, or two values have nothing between them.
 */
export function compileFormat(format: string, name = "custom"): LineFormat {
  if (format.length > LONGEST) throw new UsageError("--format is too long");
  const { pieces, rest } = format.includes("$") ? splitNginx(format) : splitApache(format);
  const parts = new Set(pieces.map(({ part }) => part));
  const needs = (what: string, ...any: Part[]): void => {
    if (!any.some((part) => parts.has(part)))
      throw new UsageError(`--format has no ${what}: ${JSON.stringify(format)}`);
  };
  needs("time", "commonTime", "bracketedTime", "time");
  needs("path", "request", "target", "path");
  needs("status", "status");
  for (const [index, { before }] of pieces.entries()) {
    if (index > 0 && before === "")
      throw new UsageError("--format has two values with nothing between them");
  }
  return {
    name,
    has: {
      host: parts.has("host"),
      query: parts.has("request") || parts.has("target") || parts.has("query"),
      userAgent: parts.has("userAgent"),
      address: parts.has("address") || parts.has("forwardedFor"),
      fields: parts.has("accept"),
    },
    parse: (line) => parseLine(line, pieces, rest),
  };
}

interface Pieces {
  readonly pieces: readonly Piece[];
  /** The text after the last value. */
  readonly rest: string;
}

function splitNginx(format: string): Pieces {
  return split(format, /\$(?:\{(\w+)\}|(\w+))/g, ([, braced, plain]) => {
    const name = braced ?? plain ?? "";
    return NGINX[name];
  });
}

function splitApache(format: string): Pieces {
  const plain = format.replaceAll('\\"', '"').replaceAll("\\t", "\t");
  // Directives with status conditions (`%400,501{…}i`) and `%<s`, `%>s` name the same value.
  return split(plain, /%[!\d,]*[<>]?(?:\{([^}]*)\})?([A-Za-z]|\^t[io])/g, ([, named, letter]) => {
    return APACHE[named === undefined ? (letter ?? "") : `{${named.toLowerCase()}}${letter}`];
  });
}

function split(
  format: string,
  variable: RegExp,
  partOf: (found: RegExpExecArray) => Part | undefined,
): Pieces {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of format.matchAll(variable)) {
    pieces.push({ before: format.slice(at, found.index), part: partOf(found) });
    at = found.index + found[0].length;
  }
  return { pieces, rest: format.slice(at) };
}

type Values = Partial<Record<Part, string>>;

function parseLine(line: string, pieces: readonly Piece[], rest: string): ParsedLine {
  const values: Values = {};
  let at = 0;
  for (const [index, { before, part }] of pieces.entries()) {
    if (!line.startsWith(before, at)) return fault("it does not have the log's format");
    at += before.length;
    const next = pieces[index + 1]?.before ?? rest;
    const end = part === "bracketedTime" ? line.indexOf("]", at) + 1 : endOf(line, at, next);
    if (end < at) return fault("it does not have the log's format");
    if (part !== undefined) values[part] ??= line.slice(at, end);
    at = end;
  }
  return toRequest(values);
}

/** Finds the end of a value: the next literal text; a quote counts only if it is not escaped. */
function endOf(line: string, from: number, next: string): number {
  if (next === "") return line.length;
  let at = line.indexOf(next, from);
  if (!next.startsWith('"')) return at;
  while (at !== -1 && isEscaped(line, at, from)) at = line.indexOf(next, at + 1);
  return at;
}

function isEscaped(line: string, at: number, from: number): boolean {
  let slashes = 0;
  while (at - slashes > from && line[at - slashes - 1] === "\\") slashes++;
  return slashes % 2 === 1;
}

function toRequest(values: Values): ParsedLine {
  const time = timeOf(values);
  if (time === undefined) return fault("its time can't be read");
  const asked = requestOf(values);
  if (asked === undefined) return fault("its request line is malformed");
  const status = parseCount(values.status);
  if (status === undefined) return fault("its status can't be read");
  const accept = valueOf(values.accept);
  const scheme = values.scheme === "https" || values.scheme === "http" ? values.scheme : undefined;
  const request: LoggedRequest = {
    time,
    ...asked,
    host: asked.host ?? valueOf(values.host)?.toLowerCase(),
    scheme: asked.scheme ?? scheme,
    address: valueOf(values.address),
    forwardedFor: valueOf(values.forwardedFor),
    userAgent: text(values.userAgent),
    referrer: text(values.referrer),
    ...(accept === undefined ? {} : { fields: [["accept", decodeEscapes(accept)]] }),
    status,
    bytes: parseCount(values.bytes),
  };
  return { kind: "request", request };
}

function timeOf({ commonTime, bracketedTime, time }: Values): number | undefined {
  if (commonTime !== undefined) return parseCommonTime(commonTime);
  return bracketedTime === undefined
    ? parseTime(time)
    : parseCommonTime(bracketedTime.slice(1, -1));
}

function requestOf(values: Values) {
  if (values.request !== undefined) return parseRequestLine(decodeEscapes(values.request));
  const method = values.method ?? "GET";
  const query = valueOf(values.query)?.replace(/^\??/, "?") ?? "";
  const target = values.target ?? `${values.path ?? ""}${query}`;
  const parsed = parseTarget(decodeEscapes(target));
  return parsed && { method, ...parsed };
}

function text(value: string | undefined): string | undefined {
  const found = valueOf(value);
  return found === undefined ? undefined : decodeEscapes(found);
}
