import * as fc from "fast-check";
import { chunked } from "./raw-message.ts";

/** A request that any server must take, and the response that the origin has for it. */
export interface Exchange {
  readonly request: GeneratedRequest;
  readonly response: GeneratedResponse;
}

export interface GeneratedRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly content: Content | undefined;
}

export interface GeneratedResponse {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly content: Content;
}

/** Content, and how its end is known. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly framing: "length" | "chunked" | "close";
}

const TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-!#$%&'*+.^_`|~";
const VISIBLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
const OBS_TEXT = Array.from({ length: 128 }, (_, i) => String.fromCharCode(128 + i));

const charsOf = (chars: readonly string[], minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...chars), { minLength, maxLength }).map((each) => each.join(""));

const value = fc.oneof(
  { weight: 1, arbitrary: fc.constant("") },
  { weight: 6, arbitrary: charsOf([...VISIBLE, " ", "\t"], 1, 40).map((text) => text.trim()) },
  { weight: 2, arbitrary: charsOf([...VISIBLE, ...OBS_TEXT], 1, 20) },
  { weight: 1, arbitrary: charsOf(VISIBLE, 1000, 2000) },
);

const line = (names: readonly string[]) =>
  fc.oneof(
    fc.tuple(
      charsOf(TOKEN.split(""), 1, 12).map((name) => `X-${name}`),
      value,
    ),
    fc.tuple(fc.constantFrom("x-twice", "X-Twice", "X-TWICE"), value),
    fc.tuple(fc.constantFrom(...names), value),
  );

const REQUEST_NAMES = ["Accept-Language", "user-agent", "Referer", "Authorization", "Origin"];
const RESPONSE_NAMES = ["Server", "Allow", "Location", "www-authenticate", "Content-Language"];

const content = fc.oneof(
  { weight: 2, arbitrary: fc.constant(new Uint8Array()) },
  { weight: 6, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 2000 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 16_000, max: 200_000 }))
      .map(([byte, length]) => new Uint8Array(length).map((_, i) => (byte + i * 31) & 255)),
  },
);

/** Characters that are no part of any target, or that a runtime's own parser refuses. */
const target = (refused: string) => {
  const chars = VISIBLE.filter((char) => !`#${refused}`.includes(char));
  const segment = fc.oneof(
    charsOf(chars, 0, 12),
    fc.constantFrom("", ".", "..", "%2e%2e", "%2F", "%zz", "%", "a%00", "index.html", "app.js"),
  );
  const query = fc.option(charsOf(chars, 0, 20), { nil: undefined });
  return fc
    .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), query)
    .map(([path, search]) => `/${path.join("/")}${search === undefined ? "" : `?${search}`}`)
    .filter((text) => !text.startsWith("/.wayleave/"));
};

const request = (refused: string): fc.Arbitrary<GeneratedRequest> =>
  fc
    .record({
      method: fc.constantFrom("GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
      target: target(refused),
      fields: fc.array(
        fc.oneof(
          { weight: 6, arbitrary: line(REQUEST_NAMES) },
          {
            weight: 1,
            arbitrary: fc.constantFrom(
              ["Accept", "text/html,*/*;q=0.5"] as const,
              ["accept-encoding", "gzip, br, zstd, dcz;q=0.5"] as const,
              ["Accept-Encoding", ""] as const,
              ["Cookie", "a=1; b=2"] as const,
              ["Via", "1.0 before"] as const,
              ["Range", "bytes=0-1"] as const,
              ["If-None-Match", '"x", W/"y"'] as const,
              ["Cache-Control", "no-transform"] as const,
              ["Content-Type", "text/plain"] as const,
            ),
          },
        ),
        { maxLength: 8 },
      ),
      content: fc.option(
        fc.record({ bytes: content, framing: fc.constantFrom("length", "chunked") }),
        { nil: undefined },
      ),
    })
    .map(({ method, target: to, fields, content: sent }) => {
      const takes = ["POST", "PUT", "PATCH", "DELETE"].includes(method);
      return { method, target: to, fields, content: takes ? sent : undefined };
    });

const status = fc.oneof(
  { weight: 3, arbitrary: fc.constant(200) },
  { weight: 2, arbitrary: fc.constantFrom(204, 205, 206, 301, 304, 401, 404, 407, 416, 500, 503) },
  { weight: 2, arbitrary: fc.integer({ min: 200, max: 599 }) },
);

const response: fc.Arbitrary<GeneratedResponse> = fc.record({
  status,
  reason: charsOf([...VISIBLE, " "], 1, 20).map((text) => text.trim() || "Odd"),
  fields: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: line(RESPONSE_NAMES) },
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          ["Content-Type", "text/html; charset=utf-8"] as const,
          ["content-type", "text/plain"] as const,
          ["Set-Cookie", "a=1; Path=/"] as const,
          ["set-cookie", "b=2; HttpOnly"] as const,
          ["Content-Encoding", "gzip"] as const,
          ["content-encoding", "br"] as const,
          ["Content-Encoding", "zstd"] as const,
          ["Content-Encoding", "x-unknown"] as const,
          ["ETag", '"e1"'] as const,
          ["Vary", "Accept-Encoding"] as const,
          ["Date", "Sun, 01 Nov 2026 10:00:00 GMT"] as const,
          ["Cache-Control", "public, max-age=60"] as const,
          ["Connection", "x-listed"] as const,
          ["X-Listed", "1"] as const,
          ["Via", "1.1 inner"] as const,
        ),
      },
    ),
    { maxLength: 8 },
  ),
  content: fc.record({ bytes: content, framing: fc.constantFrom("length", "chunked", "close") }),
});

/** Requests and responses of all kinds; `refused` are characters that no target has. */
export function exchanges(refused: string): fc.Arbitrary<Exchange> {
  return fc.record({ request: request(refused), response: response.map(once) });
}

/** One Content-Type, one Content-Encoding, one ETag: more would be no message but a fault. */
function once(made: GeneratedResponse): GeneratedResponse {
  const seen = new Set<string>();
  const fields = made.fields.filter(([name]) => {
    const lower = name.toLowerCase();
    if (!["content-type", "content-encoding", "etag", "date", "location"].includes(lower)) {
      return true;
    }
    if (seen.has(lower)) return false;
    seen.add(lower);
    return true;
  });
  return { ...made, fields };
}

/** The bytes of a request, on a connection of its own. */
export function writeRequest({ method, target, fields, content }: GeneratedRequest, host: string) {
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, "Connection: close, X-Hop"];
  head.push("X-Hop: 1", "X-Forwarded-For: 192.0.2.1", "Wayleave-Agent: forged");
  return write([...head, ...lines(fields)], content, true);
}

/** The bytes of a response, and whether its end is that of the connection. */
export function writeResponse(
  { status, reason, fields, content }: GeneratedResponse,
  method: string,
): { bytes: Buffer; close: boolean } {
  const head = [`HTTP/1.1 ${status} ${reason}`, ...lines(fields)];
  if (status === 204 || status === 304) {
    return { bytes: Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), close: false };
  }
  const sent = status === 205 ? { ...content, bytes: new Uint8Array() } : content;
  const bytes = write(head, sent, method !== "HEAD");
  return { bytes, close: sent.framing === "close" };
}

function lines(fields: readonly (readonly [string, string])[]): string[] {
  return fields.map(([name, text]) => `${name}: ${text}`);
}

function write(head: readonly string[], content: Content | undefined, withContent: boolean) {
  const framed = [...head];
  if (content?.framing === "length") framed.push(`Content-Length: ${content.bytes.length}`);
  if (content?.framing === "chunked") framed.push("Transfer-Encoding: chunked");
  const start = Buffer.from(`${framed.join("\r\n")}\r\n\r\n`, "latin1");
  if (content === undefined || !withContent) return start;
  const bytes = Buffer.from(content.bytes);
  return Buffer.concat([start, content.framing === "chunked" ? chunked(bytes, [7, 100]) : bytes]);
}
