import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { InterimHeads } from "../../src/runtime/node/interim.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const LAST = "Host: a.example\r\nConnection: close\r\n";
const REST = "Content-Length: 2\r\n\r\nok";
const OK = `HTTP/1.1 200 OK\r\n${REST}`;
const utf8 = (text: string): string => Buffer.from(text).toString("latin1");

/** What is behind the status code 404, and what Node writes there. */
const PHRASES: readonly (readonly [what: string, sent: string, onNode: string])[] = [
  ["Cyrillic", utf8("Не найдено"), utf8("Не найдено")],
  ["Chinese", utf8("找不到"), utf8("找不到")],
  ["a sign of three bytes", utf8("€"), utf8("€")],
  ["a Latin-1 byte that is no UTF-8", "Gel\xf6scht", "Not Found"],
  ["a tab", "not\there", "not\there"],
  ["NUL", "a\x00b", "Not Found"],
  ["0x01", "a\x01b", "Not Found"],
  ["DEL", "a\x7fb", "Not Found"],
  ["a CR within, and two at the end", "a\rb\r\r", "a b  "],
  ["nothing", "", "Not Found"],
];

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("response heads on %s", (runtime) => {
  let origin: RawOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { defaults: { markdown: true, compression: true } },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const ask = async (bytes: string, close = false): Promise<string> => {
    origin.answer = () => ({ bytes, close });
    return sendRaw(proxy.url, `GET /page HTTP/1.1\r\n${LAST}\r\n`);
  };

  it.each(PHRASES)("relay a response whose phrase is %s", async (_what, sent, onNode) => {
    const got = await ask(`HTTP/1.1 404 ${sent}\r\n${REST}`, true);
    // workerd's own parser refuses control characters.
    const isRefused =
      runtime === "workerd" && ["a\x00b", "a\x01b", "a\x7fb", "a\rb\r\r"].includes(sent);
    expect(statusOf(got)).toBe(isRefused ? 502 : 404);
    if (runtime === "node") expect(got.split("\r\n", 1)).toEqual([`HTTP/1.1 404 ${onNode}`]);
    expect(statusOf(await ask(OK))).toBe(200);
  });

  it("relays a page that it changes, whatever its phrase is", async () => {
    const page = "<!doctype html><title>t</title><h1>Title</h1><p>Some text.</p>";
    origin.answer = () => ({
      bytes: `HTTP/1.1 200 ${utf8("Хорошо")}\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`,
    });
    const got = await sendRaw(
      proxy.url,
      `GET /page HTTP/1.1\r\nAccept: text/markdown\r\n${LAST}\r\n`,
    );
    expect(statusOf(got)).toBe(200);
    expect(got).toContain("# Title");
  });

  it.each(["000", "001", "099", "20", "2000", "abc"])(
    "is 502 for the status %s",
    async (status) => {
      expect(statusOf(await ask(`HTTP/1.1 ${status} X\r\n${REST}`, true))).toBe(502);
      expect(statusOf(await ask(OK))).toBe(200);
    },
  );

  it.each(["299", "418", "451", "599", "600", "999"])("relays the status %s", async (status) => {
    const got = await ask(`HTTP/1.1 ${status} X\r\n${REST}`, true);
    // A `Response` has no status above 599.
    const isRefused = runtime === "workerd" && Number(status) > 599;
    expect(statusOf(got)).toBe(isRefused ? 502 : Number(status));
    expect(got.endsWith("\r\n\r\nok")).toBe(!isRefused);
  });

  it.each([
    ["obs-text in a value", "X-A: caf\xe9\r\n"],
    ["an empty value", "X-A:\r\n"],
    ["names of every object", "constructor: a\r\n__proto__: b\r\ntoString: c\r\nvalueOf: d\r\n"],
    ["odd names", "!#$%&'*+.^`|~-: a\r\n"],
    ["fields that Node knows", "Expect: a\r\nDate: b\r\nTrailer: c\r\nUpgrade: d\r\nHost: e\r\n"],
  ])("relays a response with %s", async (_what, lines) => {
    expect(statusOf(await ask(`HTTP/1.1 200 OK\r\n${lines}${REST}`))).toBe(200);
    expect(statusOf(await ask(OK))).toBe(200);
  });

  it.each([
    ["control characters in a value", "X-A: a\x01b\x7f\r\n"],
    ["NUL in a value", "X-A: a\x00b\r\n"],
    ["a space in a name", "X A: 1\r\n"],
    ["bytes in a name", "X\xe9: 1\r\n"],
  ])("relays or refuses a response with %s, and serves on", async (_what, lines) => {
    const got = await ask(`HTTP/1.1 200 OK\r\n${lines}${REST}`, true);
    expect([200, 502]).toContain(statusOf(got));
    expect(got).not.toContain("\x00");
    expect(statusOf(await ask(OK))).toBe(200);
  });

  it.each(["GET", "HEAD"])(
    "relays a response to %s with space behind its values",
    async (method) => {
      for (const space of [" ", "   "]) {
        const rest = method === "HEAD" ? "" : "ok";
        const lines = `ETag: "a"${space}\t\r\nContent-Length: 2${space}\r\n`;
        origin.answer = () => ({ bytes: `HTTP/1.1 200 OK\r\n${lines}\r\n${rest}` });
        const got = await sendRaw(proxy.url, `${method} /page HTTP/1.1\r\n${LAST}\r\n`);
        expect(statusOf(got)).toBe(200);
        expect(got).toMatch(/\r\netag: "a"\r\n/i);
        expect(got).toMatch(/\r\ncontent-length: 2\r\n/i);
        expect(got.endsWith(`\r\n\r\n${rest}`)).toBe(true);
      }
    },
  );

  it("never takes a part for the whole because of space behind the length", async () => {
    const got = await ask("HTTP/1.1 200 OK\r\nContent-Length: 3 \r\n\r\nok", true);
    expect(got.endsWith("\r\n\r\nok") && !got.includes("ontent-Length: 3")).toBe(false);
  });

  const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
  const HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
  it.each([
    ["100", CONTINUE],
    ["100 with fields", "HTTP/1.1 100 Continue\r\nX-A: 1\r\nX-B: 2\r\n\r\n"],
    ["100 without a phrase", "HTTP/1.1 100\r\n\r\n"],
    ["100 from HTTP/1.0", "HTTP/1.0 100 Continue\r\n\r\n"],
    ["100 twice", CONTINUE + CONTINUE],
    ["103 and 100", HINTS + CONTINUE],
    ["100, 102, 103 and 100", `${CONTINUE}HTTP/1.1 102 Processing\r\n\r\n${HINTS}${CONTINUE}`],
    ["a status that nobody knows", "HTTP/1.1 142 What\r\n\r\n"],
    ["two hundred", HINTS.repeat(200)],
  ])("relay the final response behind %s", async (_what, interim) => {
    const got = await ask(interim + OK);
    expect(got).toMatch(/HTTP\/1\.1 200 OK\r\n/);
    expect(got).not.toContain("HTTP/1.1 199");
    expect(got.endsWith("\r\n\r\nok")).toBe(true);
  });

  it("reads interim responses in single bytes, before each response of a connection", async () => {
    origin.answer = (_request, socket) => {
      const bytes = `${CONTINUE}${HINTS}${CONTINUE}${OK}`;
      void (async () => {
        for (const byte of bytes) {
          socket.write(byte, "latin1");
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      return { bytes: "" };
    };
    for (let i = 0; i < 3; i++) {
      const got = await sendRaw(proxy.url, `GET /${i} HTTP/1.1\r\n${LAST}\r\n`);
      expect(got.endsWith("\r\n\r\nok")).toBe(true);
    }
  });

  it("leaves content alone that looks like an interim response", async () => {
    const got = await ask(
      `HTTP/1.1 200 OK\r\nContent-Length: ${CONTINUE.length}\r\n\r\n${CONTINUE}`,
    );
    expect(got.endsWith(`\r\n\r\n${CONTINUE}`)).toBe(true);
  });

  it.each([
    ["without fields", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["with them", "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"],
  ])("is 502 for an unrequested 101, %s", async (_what, bytes) => {
    expect(statusOf(await ask(bytes + OK, true))).toBe(502);
    expect(statusOf(await ask(OK))).toBe(200);
  });
});

describe("response heads on Node only", () => {
  it.each([
    ["two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n"],
    ["the same length twice", "Content-Length: 2\r\nContent-Length: 2\r\n"],
    ["a list of lengths", "Content-Length: 2, 2\r\n"],
    ["a length beside chunks", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"],
  ])("are a 502 that names the fault with %s", async (_what, lines) => {
    const origin = await startRawOrigin();
    const proxy = await RUNTIMES.node({ origin: origin.url, rules: {} });
    origin.answer = () => ({ bytes: `HTTP/1.1 200 OK\r\n${lines}\r\nok` });
    const got = await sendRaw(proxy.url, `GET / HTTP/1.1\r\n${LAST}\r\n`);
    expect(statusOf(got)).toBe(502);
    expect(got).toContain("not well-formed HTTP");
    await proxy.close();
    await origin.close();
  });

  it("says how large a head of the origin server may be, and a request's", async () => {
    const origin = await startRawOrigin();
    const proxy = await RUNTIMES.node({ origin: origin.url, rules: {} });
    origin.answer = () => ({ bytes: `HTTP/1.1 200 OK\r\nX: ${"b".repeat(300_000)}\r\n${REST}` });
    const got = await sendRaw(proxy.url, `GET / HTTP/1.1\r\n${LAST}\r\n`);
    expect(statusOf(got)).toBe(502);
    expect(got).toMatch(/larger than \d+ (?:KB|bytes)/);
    const big = `GET / HTTP/1.1\r\nX: ${"b".repeat(20_000)}\r\n${LAST}\r\n`;
    expect(await sendRaw(proxy.url, big)).toContain("larger than 16384 bytes");
    await proxy.close();
    await origin.close();
  });

  it("ends at some number of interim responses", async () => {
    const origin = await startRawOrigin();
    const proxy = await RUNTIMES.node({ origin: origin.url, rules: {} });
    origin.answer = () => ({ bytes: "HTTP/1.1 102 Processing\r\n\r\n".repeat(2000) });
    const got = await sendRaw(proxy.url, `GET / HTTP/1.1\r\n${LAST}\r\n`);
    expect(got).toContain("HTTP/1.1 502");
    await proxy.close();
    await origin.close();
  });
});

test("interim heads are found wherever the bytes are split", () => {
  const heads =
    "\r\nHTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 103 x\r\n\r\nHTTP/1.1 100 c\r\n\r\n";
  const all = `${heads}HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n`;
  const wanted = heads.replaceAll("100", "199") + all.slice(heads.length);
  for (let size = 1; size <= all.length; size++) {
    const subject = new InterimHeads();
    subject.expect();
    subject.begin();
    let got = "";
    for (let at = 0; at < all.length; at += size) {
      const piece = Buffer.from(all.slice(at, at + size));
      got += subject.isExpecting ? subject.pass(piece).toString() : piece.toString();
    }
    expect(got).toBe(wanted);
  }
});
