// node scripts/node.mjs test/fuzz/connections.ts [--cases N] [--seed N]
// Bytes of clients and of origin servers, broken in every way: nothing is uncaught, what comes back
// begins as a response, and a good request is answered all along.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import process from "node:process";
import { parseArgs } from "node:util";
import { sendRaw } from "../support/raw.ts";
import { RUNTIMES } from "../support/runtimes.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
  },
});
const cases = Number(values.cases);

const REQUESTS = [
  "GET /f HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  "HEAD /f HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
  "POST /f HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
  "POST /f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  "PUT /f HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
  "GET /f HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00",
  "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /.wayleave/ready HTTP/1.1\r\nHost: a\r\n\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];
const RESPONSES = [
  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.1 404 \xd0\x9d\xd0\xb5\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>a</p>\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 None\r\n\r\n",
  "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00",
  "HTTP/1.0 200 OK\r\n\r\nto the end",
  'HTTP/1.1 304 X\r\nETag: "a"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n',
  "HTTP/1.1 999 X\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
  "",
];
const PIECES = [
  "\r\n",
  "\n",
  "\0",
  "\x7f",
  "\xff",
  ":",
  " ",
  "\t",
  "0",
  "9".repeat(20),
  "HTTP/1.1 ",
  "\r\n\r\n",
  "100",
  "a".repeat(20_000),
  "Content-Length: 1\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: close\r\n",
];

let state = Number(values.seed);
/** A whole number from 0 on, below a bound (xorshift). */
function below(bound: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % bound;
}
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

function mutate(text: string): string {
  let out = text;
  for (let i = below(4); i > 0; i--) {
    const at = below(out.length + 1);
    const to = at + below(3);
    const put = [
      () => "",
      () => pick(PIECES),
      () => String.fromCharCode(below(256)),
      () => out.slice(at),
    ];
    out = out.slice(0, at) + pick(put)() + out.slice(to);
  }
  return out;
}

const failures: string[] = [];
const fail = (what: string): void => void failures.push(what);
process.on("uncaughtException", (error) => fail(`uncaught: ${error.stack ?? String(error)}`));
process.on("unhandledRejection", (reason) =>
  fail(`unhandled: ${String((reason as Error)?.stack ?? reason)}`),
);

/** Reads no more of a request than its first line: what comes may be the bytes of a tunnel. */
const origin = createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", (piece) => {
    const text = piece.toString("latin1");
    if (text.includes(" /good ")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
    else if (!text.includes(" HTTP/1.1\r\n")) return;
    else if (below(2) === 0) socket.end(mutate(pick(RESPONSES)), "latin1");
    else socket.write(mutate(pick(RESPONSES)), "latin1");
  });
});
origin.listen(0, "127.0.0.1");
await once(origin, "listening");
const proxy = await RUNTIMES.node({
  origin: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
  rules: { defaults: { markdown: true, compression: true, canonicalRedirect: true } },
  originTimeout: 500,
});

async function one(): Promise<void> {
  const sent = [mutate(pick(REQUESTS)), ...(below(3) === 0 ? [mutate(pick(REQUESTS))] : [])];
  const got = await sendRaw(proxy.url, below(2) === 0 ? sent : sent.join(""), { timeout: 40 });
  if (got !== "" && !/^HTTP\/1\.1 [1-9]\d\d /.test(got)) {
    fail(
      `no response: ${JSON.stringify(got.slice(0, 200))} to ${JSON.stringify(sent).slice(0, 300)}`,
    );
  }
  if (below(50) > 0) return;
  const good = await sendRaw(
    proxy.url,
    "GET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    { timeout: 10_000 },
  );
  if (!good.endsWith("good")) fail(`a good request got ${JSON.stringify(good.slice(0, 200))}`);
}

const started = performance.now();
let left = cases;
await Promise.all(
  Array.from({ length: 40 }, async () => {
    while (left-- > 0 && failures.length < 10) await one();
  }),
);
for (const each of new Set(failures)) console.error(each);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${cases} cases, ${failures.length} failed, ${seconds} s`);
await proxy.close();
process.exit(failures.length === 0 ? 0 : 1);
