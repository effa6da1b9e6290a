/** Request fields that decisions read and that contain no secrets. */
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

/** Request fields whose presence is shown, but never their value. */
export const HIDDEN_OF_REQUEST = [
  "authorization",
  "cookie",
  "signature",
  "signature-input",
] as const;

/** Response fields that contain no secrets. */
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

/** Response fields whose values are never shown, even if all others are. */
export const SECRET_OF_ANSWER: ReadonlySet<string> = new Set(["set-cookie", "set-cookie2"]);
