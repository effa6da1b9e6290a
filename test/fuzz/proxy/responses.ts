import { cut, makeContent } from "./response-content.ts";
import {
  anyBytes,
  latin1,
  markOf,
  NOBODY,
  pick,
  type Random,
  type Script,
  type Step,
} from "./script.ts";

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
  const { fields, bytes } = makeContent(random, id, isSound, status);
  const isEmpty = isHead || status === 204 || status === 304;
  // Nothing else would tell of it.
  if (isSound && isEmpty && bytes.closes) head.push("Connection: close");
  steps.push({ kind: "bytes", bytes: latin1(`${[...head, ...fields].join("\r\n")}\r\n\r\n`) });
  if (!isEmpty) steps.push(...cut(random, bytes.content));
  const closes = bytes.closes || head.includes("Connection: close");
  // Bytes of nobody's follow only where the response surely ends.
  const isExact =
    head[0]?.startsWith(`HTTP/1.1 ${status} `) === true && bytes.isExact && !isSound && !isOdd;
  const [first, ...others] = ending(random, { id, isSound, isExact, closes });
  const last = steps.at(-1);
  const hasSurplus = first?.kind === "bytes" && last?.kind === "bytes";
  const hasLateSurplus = hasSurplus && random(8) === 0;
  if (hasLateSurplus) {
    // Behind the next request, nobody can tell such bytes from its response.
    steps.push({ kind: "wait", milliseconds: random(6) }, first);
  } else if (hasSurplus) {
    steps[steps.length - 1] = { kind: "bytes", bytes: Buffer.concat([last.bytes, first.bytes]) };
  } else if (first !== undefined) steps.push(first);
  steps.push(...others);
  const soundStatus = isSound && status !== 205 ? status : undefined;
  const made = random(6) === 0 ? steps : joined(steps);
  return { steps: made, isSound, hasLateSurplus, soundStatus };
}

function startLine(random: Random, status: number, isSound: boolean): string {
  if (isSound) return `HTTP/1.1 ${status} Fine`;
  if (random(6) === 0) return pick(random, START_LINES);
  const odd = random(8) === 0 ? 100 + random(900) : status;
  return `HTTP/1.1 ${odd} ${random(3) === 0 ? anyBytes(random, 12) : pick(random, PHRASES)}`;
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
