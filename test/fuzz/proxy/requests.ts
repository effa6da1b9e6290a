import { anyBytes, pick, type Random } from "./script.ts";

/** A request as bytes. */
export interface Made {
  readonly id: number;
  readonly bytes: string;
  readonly method: string;
  /** Whether a server has to answer it: well-formed, and nothing before it on its connection is not. */
  readonly isSound: boolean;
  /** Whether the response is the origin server's, if that is sound: no field asks for anything else. */
  readonly isPlain: boolean;
}

const METHODS = ["GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
const FIELDS = [
  "Accept: */*",
  "Accept-Encoding: gzip, br",
  "Accept-Encoding: zstd;q=0",
  "User-Agent: a",
  "Cookie: a=1",
  "X-Odd: \u00e4\u00ff",
  "X-Empty:",
  "Cache-Control: no-cache",
  "X-Forwarded-For: 1.2.3.4",
  "Wayleave-Agent: x",
  "X_Forwarded_For: 1.2.3.4",
  "Via: 1.1 a",
];
const ASKING = [
  "Accept: text/markdown",
  'If-None-Match: "a"',
  "Range: bytes=0-3",
  "Range: bytes=x",
  'If-Match: "b"',
  "Connection: close",
  "Expect: 100-continue",
  "Upgrade: h2c\r\nConnection: upgrade",
  "Signature: x\r\nSignature-Input: y",
  "TE: trailers",
  "Max-Forwards: 0",
];
const BROKEN_FIELDS = [
  "no colon",
  "X-A : 1",
  " folded",
  "X-\u0000: 1",
  "X-A: a\u0000b",
  "X-A: a\rb",
  ": none",
  "Host: b",
  'Host: a"b',
  "Content-Length: -1",
  "Content-Length: 3\r\nContent-Length: 4",
  "Transfer-Encoding: gzip",
  "Transfer-Encoding: chunked\r\nContent-Length: 3",
  "Expect: something",
  "\u0001",
];
const BROKEN_LINES = [
  "GET",
  "",
  "\u0016\u0003\u0001",
  "GET  / HTTP/1.1",
  "get / HTTP/1.1",
  "GET / HTTP/9.9",
  "GET / HTTP/1.1 x",
  "GET * HTTP/1.1",
  "CONNECT a:1 HTTP/1.1",
  "GET a HTTP/1.1",
  "TRACE / HTTP/1.1",
  "PRI * HTTP/2.0",
  "GET /\u0000 HTTP/1.1",
  "G\u00e4T / HTTP/1.1",
  "GET http://[ HTTP/1.1",
];

/** Makes a request up. */
export function makeRequest(random: Random, id: number): Made {
  const method = pick(random, METHODS);
  const isBroken = random(12) === 0;
  const asks = !isBroken && random(8) === 0;
  const lines = [
    `${method} ${targetOf(random, id)} HTTP/${random(25) === 0 ? "1.0" : "1.1"}`,
    "Host: a.example",
  ];
  for (let left = random(4); left > 0; left--) lines.push(pick(random, FIELDS));
  if (asks) lines.push(pick(random, ASKING));
  if (isBroken) breakUp(random, lines);
  const content = method === "POST" || method === "PUT" ? contentOf(random, isBroken) : undefined;
  if (content !== undefined) lines.push(content.field);
  const ending = isBroken && random(8) === 0 ? "\n\n" : "\r\n\r\n";
  const bytes = `${lines.join("\r\n")}${ending}${content?.bytes ?? ""}`;
  const isOld = lines[0]?.endsWith("1.0") === true;
  const [sent = ""] = lines[0]?.split(" ") ?? [];
  return { id, bytes, method: sent, isSound: !isBroken, isPlain: !isBroken && !asks && !isOld };
}

function targetOf(random: Random, id: number): string {
  const more = ["", "", "", "/page", "/a.js", "?q=1", "/index.md", "/%zz", "//", "/..;/x"];
  return `${random(30) === 0 ? "http://a.example" : ""}/c/${id}${pick(random, more)}`;
}

function breakUp(random: Random, lines: string[]): void {
  switch (random(5)) {
    case 0:
      lines[0] = pick(random, BROKEN_LINES);
      return;
    case 1:
      lines.push(`X-Long: ${"v".repeat(10_000 + random(30_000))}`);
      return;
    case 2:
      lines.push(`X-Any: ${anyBytes(random, 30)}`);
      return;
    case 3:
      lines.splice(1, 1);
      return;
    default:
      lines.push(pick(random, BROKEN_FIELDS));
  }
}

function contentOf(random: Random, isBroken: boolean): { field: string; bytes: string } {
  const text = "content ".repeat(random(random(30) === 0 ? 2000 : 8));
  if (random(2) === 0) {
    const lie = isBroken && random(3) === 0 ? random(20) : 0;
    return { field: `Content-Length: ${text.length + lie}`, bytes: text };
  }
  const size = isBroken && random(3) === 0 ? "zz" : text.length.toString(16);
  const chunk = text === "" ? "" : `${size}\r\n${text}\r\n`;
  return { field: "Transfer-Encoding: chunked", bytes: `${chunk}0\r\n\r\n` };
}
