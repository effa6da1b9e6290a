/** Fields of a request that decisions read, and that hold nothing secret. */
export const SHOWN_OF_REQUEST = [
  "accept",
  "accept-encoding",
  "available-dictionary",
  "cache-control",
  "if-modified-since",
  "if-none-match",
  "range",
  "referer",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "signature-agent",
  "user-agent",
] as const;

/** Fields of a request that are told of, and never shown. */
export const HIDDEN_OF_REQUEST = [
  "authorization",
  "cookie",
  "signature",
  "signature-input",
] as const;

/** Fields of a response that hold nothing secret. */
export const SHOWN_OF_ANSWER: ReadonlySet<string> = new Set([
  "accept-signature",
  "age",
  "allow",
  "cache-control",
  "cache-status",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-signal",
  "content-type",
  "etag",
  "last-modified",
  "link",
  "location",
  "retry-after",
  "use-as-dictionary",
  "vary",
  "x-markdown-tokens",
]);

/** Fields of a response whose values are never shown, not even if all are requested. */
export const SECRET_OF_ANSWER: ReadonlySet<string> = new Set(["set-cookie", "set-cookie2"]);
