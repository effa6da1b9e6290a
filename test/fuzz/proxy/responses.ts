import { gzipSync } from "node:zlib";

/** What an origin server does on its connection, one step after the other. */
export type Step =
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "wait"; readonly milliseconds: number }
  /** Ends the connection, or breaks it. */
  | { readonly kind: "end" }
  | { readonly kind: "reset" };

/** An origin server's answer to one request. */
export interface Script {
  readonly steps: readonly Step[];
  /** Whether it is HTTP without fault, so that the connection can be used again. */
  readonly isSound: boolean;
  /** Whether the response is sound HTTP, so that the client has to get it with this status. */
  readonly soundStatus: number | undefined;
}

/** A whole number from 0, below a limit. */
export type Random = (below: number) => number;

/** Stands in content for the request that it answers; no other client may ever see it. */
export const markOf = (id: number): string => `#id${id};`;

/** Of bytes that answer no request: no client may see it at all. */
export const NOBODY = 0;

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T;
}

/** Any bytes as characters of one byte each. */
export function anyBytes(random: Random, most: number): string {
  let text = "";
  for (let left = random(most + 1); left > 0; left--) text += String.fromCharCode(random(256));
  return text;
}

const STATUSES = [
  200, 200, 200, 200, 201, 203, 204, 205, 206, 301, 302, 304, 400, 404, 413, 416, 500, 503, 599,
  299,
];
const PHRASES = [
  "OK",
  "",
  "Not Found",
  "Не найдено",
  "\u00ff\u0080",
  "a\u0001b",
  "a\u0000b",
  "a\u007fb",
  "x".repeat(500),
  " ",
];
const START_LINES = [
  "HTTP/1.0 200 OK",
  "HTTP/1.1 200",
  "HTTP/2.0 200 OK",
  "HTTP/1.1 99 Low",
  "HTTP/1.1 1000 High",
  "HTTP/1.1 20 Short",
  "ICY 200 OK",
  "garbage",
  "",
  "HTTP/1.1  200 OK",
  "http/1.1 200 OK",
  "HTTP/1.1 200 OK\r",
  "HTTP/1.1\t200 OK",
  "HTTP/1.1 101 Switching Protocols",
];
const INTERIM = [
  "HTTP/1.1 100 Continue",
  "HTTP/1.1 102 Processing",
  "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload",
  "HTTP/1.1 199 \u00e4",
  "HTTP/1.1 103 \r\nX-A: \u0001",
];
const FIELDS = [
  "Cache-Control: max-age=60",
  "Cache-Control: no-store",
  'ETag: "a"',
  "ETag: broken",
  "Vary: *",
  "Vary: Accept-Encoding",
  "Set-Cookie: a=1",
  "Set-Cookie: b=\u00e4\u00f6",
  "Location: /b",
  "Location: http://[",
  "Link: <a>; rel=canonical",
  "Last-Modified: never",
  "Content-Range: bytes 0-1/2",
  "Age: -1",
  "X-Empty:",
  "Connection: close",
  "Connection: x-a, keep-alive",
  "X-A: 1",
  "Keep-Alive: timeout=1",
  "Upgrade: h2c",
  "Trailer: X-T",
  "Alt-Svc: h3",
  'Use-As-Dictionary: match="/*"',
  "Refresh: 5; url=//",
  "Content-Type: text/plain",
];
const BROKEN_FIELDS = [
  "no colon",
  "X-A : 1",
  " folded",
  "X-\u0000: 1",
  "X-A: a\u0000b",
  "X-A: a\rb",
  ": none",
  "X-\u00e4: 1",
  "X-A: a\nX-B: b",
  "\u0001",
  "Content-Length: 5\r\nContent-Length: 6",
  "Content-Length: -1",
  "Content-Length: 5, 5",
  "Content-Length: x",
  "Transfer-Encoding: gzip",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: identity",
];

/** Makes the answer to a request up, nearly half of the time a sound one. */
export function makeScript(random: Random, id: number, isHead: boolean): Script {
  const isSound = random(5) < 2;
  const steps: Step[] = [];
  for (let left = random(10) === 0 ? random(4) : 0; left > 0; left--) {
    const interim = isSound ? INTERIM[random(3)] : pick(random, INTERIM);
    steps.push({ kind: "bytes", bytes: latin1(`${interim}\r\n\r\n`) });
  }
  const status = pick(random, STATUSES);
  const head = [startLine(random, status, isSound), `X-Id: ${id}`];
  for (let left = random(5); left > 0; left--) head.push(pick(random, FIELDS));
  const isOdd = !isSound && random(3) === 0;
  if (isOdd) head.push(pick(random, BROKEN_FIELDS));
  if (!isSound && random(8) === 0) head.push(`X-Any: ${anyBytes(random, 30)}`);
  if (!isSound && random(60) === 0) head.push(`X-Long: ${"v".repeat(random(40_000))}`);
  if (!isSound && random(60) === 0) for (let i = 0; i < 300; i++) head.push(`X-N${i}: ${i}`);
  const isEmpty = isHead || status === 204 || status === 304;
  const { fields, bytes } = makeContent(random, id, isSound, status);
  steps.push({ kind: "bytes", bytes: latin1(`${[...head, ...fields].join("\r\n")}\r\n\r\n`) });
  if (!isEmpty) steps.push(...cut(random, bytes.content));
  const closes = bytes.closes || head.includes("Connection: close");
  // Bytes of nobody's follow only where the response surely ends.
  const isExact =
    head[0]?.startsWith(`HTTP/1.1 ${status} `) === true && bytes.isExact && !isSound && !isOdd;
  const [first, ...others] = ending(random, { id, isSound, isExact, closes });
  const last = steps.at(-1);
  if (first?.kind === "bytes" && last?.kind === "bytes") {
    // In one piece: behind the next request, nobody could tell such bytes from its response.
    steps[steps.length - 1] = { kind: "bytes", bytes: Buffer.concat([last.bytes, first.bytes]) };
  } else if (first !== undefined) steps.push(first);
  steps.push(...others);
  const soundStatus = isSound && status !== 205 ? status : undefined;
  return { steps: random(6) === 0 ? steps : joined(steps), isSound, soundStatus };
}

function startLine(random: Random, status: number, isSound: boolean): string {
  if (isSound) return `HTTP/1.1 ${status} Fine`;
  if (random(6) === 0) return pick(random, START_LINES);
  const odd = random(8) === 0 ? 100 + random(900) : status;
  return `HTTP/1.1 ${odd} ${random(3) === 0 ? anyBytes(random, 12) : pick(random, PHRASES)}`;
}

interface Made {
  readonly fields: string[];
  readonly bytes: { readonly content: Buffer; readonly closes: boolean; readonly isExact: boolean };
}

function makeContent(random: Random, id: number, isSound: boolean, status: number): Made {
  const repeated = 1 + random(random(20) === 0 ? 3000 : 60);
  const isPage = random(3) === 0;
  const text = markOf(id).repeat(repeated);
  let plain = latin1(isPage ? `<!doctype html><title>t</title><main><p>${text}</p></main>` : text);
  const fields = [`Content-Type: ${isPage ? "text/html" : "text/plain"}`];
  if (status === 205) plain = Buffer.alloc(0);
  if (random(8) === 0) {
    fields.push("Content-Encoding: gzip");
    const zipped = gzipSync(plain, { level: 1 });
    plain = isSound ? zipped : damaged(random, zipped);
  } else if (!isSound && random(20) === 0) fields.push("Content-Encoding: br");
  const length = plain.length;
  const way = isSound ? random(3) : random(9);
  switch (way) {
    case 0:
    case 3:
      fields.push(`Content-Length: ${length}`);
      return { fields, bytes: { content: plain, closes: false, isExact: true } };
    case 1:
    case 4:
      fields.push("Transfer-Encoding: chunked");
      return {
        fields,
        bytes: { content: chunks(random, plain, isSound), closes: false, isExact: isSound },
      };
    case 5:
      fields.push(`Content-Length: ${length + 1 + random(20)}`);
      return { fields, bytes: { content: plain, closes: true, isExact: false } };
    case 6:
      fields.push(`Content-Length: ${random(length + 1)}`);
      return { fields, bytes: { content: plain, closes: random(2) === 0, isExact: false } };
    case 7:
      fields.push(`Content-Length: ${length}`, "Transfer-Encoding: chunked");
      return {
        fields,
        bytes: { content: chunks(random, plain, true), closes: false, isExact: false },
      };
    default:
      // Without "close" a sound client would wait for more: the end of the connection is the content's.
      return { fields, bytes: { content: plain, closes: true, isExact: false } };
  }
}

function damaged(random: Random, zipped: Buffer): Buffer {
  if (random(2) === 0) return zipped.subarray(0, random(zipped.length));
  return Buffer.concat([zipped, latin1(anyBytes(random, 20))]);
}

const EXTENSIONS = ["", ";a", ';a="b"', ";a=b;c"];
const BAD_SIZES = ["g", "-1", "", "ffffffffffffffffff", "0x5", " 5", "5 5"];

function chunks(random: Random, content: Buffer, isSound: boolean): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length;) {
    const size = 1 + random(Math.max(1, content.length - at));
    const named = !isSound && random(15) === 0 ? pick(random, BAD_SIZES) : size.toString(16);
    const line = `${named}${random(4) === 0 ? pick(random, EXTENSIONS) : ""}\r\n`;
    pieces.push(latin1(line), content.subarray(at, at + size), latin1("\r\n"));
    at += size;
  }
  if (!isSound && random(10) === 0) return Buffer.concat(pieces);
  const trailer = random(6) === 0 ? "X-T: 1\r\n" : "";
  const odd = !isSound && random(20) === 0 ? `${anyBytes(random, 8)}\r\n` : "";
  return Buffer.concat([...pieces, latin1(`0\r\n${trailer}${odd}\r\n`)]);
}

/** Splits content up, with pauses in between now and then. */
function cut(random: Random, content: Buffer): Step[] {
  if (random(10) !== 0) return [{ kind: "bytes", bytes: content }];
  const at = random(content.length + 1);
  return [
    { kind: "bytes", bytes: content.subarray(0, at) },
    { kind: "wait", milliseconds: random(8) },
    { kind: "bytes", bytes: content.subarray(at) },
  ];
}

interface Ending {
  readonly id: number;
  readonly isSound: boolean;
  /** Whether the response ends where its framing says. */
  readonly isExact: boolean;
  readonly closes: boolean;
}

function ending(random: Random, { id, isSound, isExact, closes }: Ending): Step[] {
  if (closes) return [{ kind: "end" }];
  if (isSound) return [];
  switch (random(12)) {
    case 0:
      return [{ kind: "reset" }];
    case 1:
      return [{ kind: "end" }];
    case 2: {
      if (!isExact) return [{ kind: "end" }];
      const content = markOf(NOBODY).repeat(1 + random(5));
      const more = `HTTP/1.1 200 OK\r\nX-Id: ${NOBODY}\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
      return [{ kind: "bytes", bytes: latin1(more) }];
    }
    case 3:
      if (!isExact) return [{ kind: "end" }];
      return [{ kind: "bytes", bytes: latin1(`${anyBytes(random, 20)}${markOf(NOBODY)}`) }];
    default:
      // What is open-ended for a client ends here, or nothing would.
      return id % 2 === 0
        ? [{ kind: "wait", milliseconds: 50 }, { kind: "end" }]
        : [{ kind: "end" }];
  }
}

/** Bytes that follow one another as one piece, as a server writes them. */
function joined(steps: readonly Step[]): Step[] {
  const made: Step[] = [];
  let waiting: Buffer[] = [];
  for (const step of steps) {
    if (step.kind === "bytes") {
      waiting.push(step.bytes);
      continue;
    }
    if (waiting.length > 0) made.push({ kind: "bytes", bytes: Buffer.concat(waiting) });
    waiting = [];
    made.push(step);
  }
  if (waiting.length > 0) made.push({ kind: "bytes", bytes: Buffer.concat(waiting) });
  return made;
}
