import { valueOf, type Asked, type Got } from "./client.ts";

/** What a browser says of a navigation. */
export const BROWSER = {
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Accept-Language": "de,en;q=0.5",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  "Sec-Fetch-Dest": "document",
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Site": "none",
};

const ACCEPT_ENCODINGS = [
  "gzip",
  "br",
  "gzip, deflate, br, zstd",
  "identity",
  "*",
  "gzip;q=0, br;q=0",
  "gzip;q=0.5, identity;q=1",
];

const RANGES = [
  "bytes=0-9",
  "bytes=5-",
  "bytes=-7",
  "bytes=0-",
  "bytes=0-0,5-9",
  "bytes=-1,0-3,2-6",
  "bytes=99999999-",
  "bytes=9-5",
  "bytes=x-y",
  "items=0-1",
];

const EARLIER = "Sun, 01 Feb 2026 10:00:00 GMT";
const LATER = "Thu, 01 Oct 2026 10:00:00 GMT";

/** Requests for a target as all sites get them; conditions use the validators of its own response. */
export function requestsFor(target: string, plain: Got): Asked[] {
  const get = (fields: Asked["fields"] = {}): Asked => ({ method: "GET", target, fields });
  const head = (fields: Asked["fields"] = {}): Asked => ({ method: "HEAD", target, fields });
  return [
    get(),
    head(),
    get(BROWSER),
    head(BROWSER),
    get({ ...BROWSER, Cookie: "session=1; theme=dark" }),
    get({ ...BROWSER, Authorization: "Basic dTpw" }),
    get({ ...BROWSER, "Sec-Fetch-Dest": "video", Accept: "*/*", Range: "bytes=0-" }),
    ...ACCEPT_ENCODINGS.map((coding) => get({ "Accept-Encoding": coding })),
    head({ "Accept-Encoding": "gzip" }),
    ...RANGES.map((range) => get({ Range: range })),
    get({ Range: "bytes=0-99", "Accept-Encoding": "gzip, br" }),
    head({ Range: "bytes=0-9" }),
    ...conditions(plain).flatMap((fields) => [get(fields), get({ ...BROWSER, ...fields })]),
    ...conditions(plain).map((fields) => head(fields)),
    get({ "Cache-Control": "no-cache", Pragma: "no-cache" }),
    get({ ...BROWSER, "Cache-Control": "no-transform" }),
  ];
}

/** The most common of these requests. */
export function someRequestsFor(target: string, { lines }: Got): Asked[] {
  const etag = valueOf(lines, "etag") ?? '"none"';
  const all = [
    {},
    BROWSER,
    { "Accept-Encoding": "gzip" },
    { Range: "bytes=0-9" },
    { ...BROWSER, Range: "bytes=-7" },
    { "If-None-Match": etag },
    { ...BROWSER, "If-None-Match": etag },
    { "If-Modified-Since": valueOf(lines, "last-modified") ?? LATER },
  ];
  return [
    ...all.map((fields): Asked => ({ method: "GET", target, fields })),
    { method: "HEAD", target, fields: BROWSER },
  ];
}

/** Every precondition (RFC 9110 §13) that holds, and every one that does not. */
function conditions({ lines }: Got): Record<string, string>[] {
  const etag = valueOf(lines, "etag");
  const modified = valueOf(lines, "last-modified");
  const range = { Range: "bytes=0-9" };
  const ofTag =
    etag === undefined
      ? []
      : [
          { "If-None-Match": etag },
          { "If-None-Match": `"other", ${etag}` },
          { "If-None-Match": etag.startsWith("W/") ? etag.slice(2) : `W/${etag}` },
          { "If-None-Match": etag, "If-Modified-Since": EARLIER },
          { "If-Match": etag },
          { "If-Match": `"other", ${etag}` },
          { ...range, "If-Range": etag },
          { ...range, "If-Match": etag },
          { ...range, "If-None-Match": etag },
        ];
  const ofDate =
    modified === undefined
      ? []
      : [
          { "If-Modified-Since": modified },
          { "If-Unmodified-Since": modified },
          { ...range, "If-Range": modified },
          { ...range, "If-Unmodified-Since": modified },
        ];
  return [
    ...ofTag,
    ...ofDate,
    { "If-None-Match": '"other"' },
    { "If-None-Match": "*" },
    { "If-Match": '"other"' },
    { "If-Match": "*" },
    { "If-Modified-Since": EARLIER },
    { "If-Modified-Since": LATER },
    { "If-Modified-Since": "not a date" },
    { "If-Unmodified-Since": EARLIER },
    { ...range, "If-Range": '"other"' },
    { ...range, "If-Range": EARLIER },
  ];
}

/** Requests that look for no content to read: other methods, with and without content. */
export function unsafeRequestsFor(target: string): Asked[] {
  const text = Buffer.from("a=1&b=2");
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  return [
    { method: "OPTIONS", target },
    { method: "OPTIONS", target, fields: preflight() },
    { method: "POST", target, fields: form, content: text },
    { method: "POST", target, content: Buffer.alloc(0) },
    { method: "PUT", target, content: text },
    { method: "PATCH", target, content: text },
    { method: "DELETE", target },
    { method: "PROPFIND", target, fields: { Depth: "0" } },
  ];
}

function preflight(): Record<string, string> {
  return { Origin: "https://other.example", "Access-Control-Request-Method": "PUT" };
}
