import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRaw, statusOf } from "../support/raw.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const HOST = "Host: a.example\r\n";
const LAST = `${HOST}Connection: close\r\n`;

/** What a client sends, and the status that each runtime has for it; workerd parses by itself. */
interface Case {
  readonly bytes: string;
  readonly node: number;
  readonly workerd: number;
  /** The target that the origin is asked for, where the request goes on. */
  readonly asked?: string;
}

const post = (fields: string, content: string, version = "1.1"): string =>
  `POST /p HTTP/${version}\r\n${LAST}${fields}\r\n${content}`;

const SMUGGLED = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n";

const FRAMINGS: Readonly<Record<string, Case>> = {
  "two lengths": {
    bytes: post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"),
    node: 400,
    workerd: 400,
  },
  "a list of lengths": {
    bytes: post("Content-Length: 3, 4\r\n", "abcd"),
    node: 400,
    workerd: 400,
  },
  "a length that is no number": {
    bytes: post("Content-Length: +3\r\n", "abc"),
    node: 400,
    workerd: 400,
  },
  "a transfer coding that is not last": {
    bytes: post("Transfer-Encoding: chunked, gzip\r\n", SMUGGLED),
    node: 400,
    workerd: 400,
  },
  "a transfer coding that nobody undoes": {
    bytes: post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
    node: 501,
    workerd: 501,
  },
  "chunks from an HTTP/1.0 client": {
    bytes: post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "1.0"),
    node: 400,
    workerd: 400,
  },
  "a chunk size that is none": {
    bytes: post("Transfer-Encoding: chunked\r\n", "0x3\r\nabc\r\n0\r\n\r\n"),
    node: 400,
    workerd: 502,
  },
  "a space before the colon": {
    bytes: post("Content-Length : 3\r\n", "abc"),
    node: 400,
    workerd: 400,
  },
  "a folded field": {
    bytes: post("X-Folded: 1\r\n Content-Length: 3\r\n", ""),
    node: 400,
    workerd: 400,
  },
  "two hosts": {
    bytes: `GET / HTTP/1.1\r\n${LAST}Host: b.example\r\n\r\n`,
    node: 400,
    workerd: 400,
  },
  "no host": { bytes: "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", node: 400, workerd: 400 },
  "a host that is none": {
    bytes: "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
    node: 400,
    workerd: 400,
  },
  "a host that would end a value in Forwarded": {
    bytes: `GET / HTTP/1.1\r\nHost: a",for=6.6.6.6;host="b\r\nConnection: close\r\n\r\n`,
    node: 400,
    workerd: 400,
  },
  ...Object.fromEntries(
    ['"', ",", ";", "="].map((sign): [string, Case] => [
      `a host with ${sign}`,
      {
        bytes: `GET / HTTP/1.1\r\nHost: a${sign}b\r\nConnection: close\r\n\r\n`,
        node: 400,
        workerd: 400,
      },
    ]),
  ),
  "another major version": { bytes: `GET /p HTTP/2.0\r\n${LAST}\r\n`, node: 505, workerd: 400 },
  "a version before 1.0": { bytes: `GET /p HTTP/0.9\r\n${LAST}\r\n`, node: 505, workerd: 400 },
  "a version that is none": { bytes: `GET /p HTTP/7.3\r\n${LAST}\r\n`, node: 505, workerd: 400 },
  "a method that is none": {
    bytes: `G@T / HTTP/1.1\r\n${LAST}\r\n`,
    node: 400,
    workerd: 400,
  },
  "a method that nobody knows": {
    bytes: `BREW / HTTP/1.1\r\n${LAST}\r\n`,
    node: 501,
    workerd: 501,
  },
  "a method in other letters": { bytes: `get / HTTP/1.1\r\n${LAST}\r\n`, node: 501, workerd: 501 },
  "TLS where there is none": { bytes: "\x16\x03\x01\x02\x00\x01", node: 400, workerd: 400 },
  TRACE: { bytes: `TRACE /t HTTP/1.1\r\n${LAST}\r\n`, node: 501, workerd: 501 },
  CONNECT: { bytes: `CONNECT a.example:443 HTTP/1.1\r\n${LAST}\r\n`, node: 501, workerd: 500 },
};

const LF_ALONE: Readonly<Record<string, string>> = {
  "behind the request line": `GET /p HTTP/1.1\n${LAST}\r\n`,
  "behind a field": "GET /p HTTP/1.1\r\nHost: a\nConnection: close\r\n\r\n",
  everywhere: "GET /p HTTP/1.1\nHost: a\nConnection: close\n\n",
};

const TARGETS: Readonly<Record<string, Case>> = {
  "an absolute form": {
    bytes: `GET http://b.example/x?y HTTP/1.1\r\n${LAST}\r\n`,
    node: 200,
    workerd: 200,
    asked: "/x?y",
  },
  "an absolute form without path": {
    bytes: `GET http://b.example?y HTTP/1.1\r\n${LAST}\r\n`,
    node: 200,
    workerd: 200,
    asked: "/?y",
  },
  "two slashes": {
    bytes: `GET //b.example/x HTTP/1.1\r\n${LAST}\r\n`,
    node: 200,
    workerd: 200,
    asked: "//b.example/x",
  },
  escapes: {
    bytes: `GET /a%2Fb/%zz/%e4?c=%20;d=%2f HTTP/1.1\r\n${LAST}\r\n`,
    node: 200,
    workerd: 200,
    asked: "/a%2Fb/%zz/%e4?c=%20;d=%2f",
  },
  "* with OPTIONS": { bytes: `OPTIONS * HTTP/1.1\r\n${LAST}\r\n`, node: 204, workerd: 204 },
  "* with GET": { bytes: `GET * HTTP/1.1\r\n${LAST}\r\n`, node: 400, workerd: 400 },
  "raw bytes": { bytes: `GET /\xe9 HTTP/1.1\r\n${LAST}\r\n`, node: 400, workerd: 400 },
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("connections on %s", (runtime) => {
  let origin: RawOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: {} });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const answers = (bytes: string, close = false): void => {
    origin.requests.length = 0;
    origin.answer = () => ({ bytes, close });
  };
  const targets = (): string[] =>
    origin.requests.map(({ startLine }) => startLine.split(" ")[1] ?? "");

  it.each(Object.keys(FRAMINGS))("refuses %s, and forwards nothing of it", async (what) => {
    answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const { bytes, ...expected } = FRAMINGS[what] as Case;
    const got = await sendRaw(proxy.url, bytes, { timeout: 1000 });
    expect(statusOf(got)).toBe(expected[runtime]);
    expect(got.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    // A body that breaks off may have begun to stream.
    expect(targets().filter((target) => target !== "/p")).toEqual([]);
  });

  it("frames a request with both a length and chunks only one way, or refuses it", async () => {
    answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const bytes = post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", SMUGGLED);
    const got = await sendRaw(proxy.url, bytes, { timeout: 1000 });
    expect(statusOf(got)).toBe(runtime === "node" ? 400 : 200);
    expect(targets()).toEqual(runtime === "node" ? [] : ["/p"]);
    const names = origin.requests.flatMap(({ fields }) => fields.map(([name]) => name));
    expect(names).not.toContain("Content-Length");
  });

  it.each(Object.keys(TARGETS))("accepts or refuses %s as a target", async (what) => {
    answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const { bytes, asked, ...expected } = TARGETS[what] as Case;
    const got = await sendRaw(proxy.url, bytes, { timeout: 1000 });
    expect(statusOf(got)).toBe(expected[runtime]);
    expect(targets()).toEqual(asked === undefined ? [] : [asked]);
  });

  it.each([
    ["HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200"],
    ["204", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204"],
    ["304", "GET", 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n', "304"],
    ["205", "GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", "205"],
  ])("gives no content with %s, and keeps the connection", async (_what, method, bytes, status) => {
    answers(bytes);
    const request = `${method} /1 HTTP/1.1\r\n${HOST}\r\n`;
    const got = await sendRaw(proxy.url, request + request.replace(HOST, LAST), { timeout: 2000 });
    expect(got.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`, `HTTP/1.1 ${status}`]);
    expect(targets()).toEqual(["/1", "/1"]);
  });

  it("answers pipelined requests in order", async () => {
    origin.requests.length = 0;
    origin.answer = ({ startLine }) => {
      const content = startLine.split(" ")[1] ?? "";
      return { bytes: `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n${content}` };
    };
    const all = ["/first", "/second", "/third"];
    const bytes = all.map(
      (path, i) => `GET ${path} HTTP/1.1\r\n${i === all.length - 1 ? LAST : HOST}\r\n`,
    );
    const got = await sendRaw(proxy.url, bytes.join(""));
    expect(got.match(/\/(?:first|second|third)/g)).toEqual(all);
  });

  it("answers an HTTP/1.0 client without chunks, and keeps its connection alive on request", async () => {
    answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    const got = await sendRaw(proxy.url, `GET /old HTTP/1.0\r\n${HOST}\r\n`);
    expect(got).toMatch(/\r\n\r\nok$/);
    expect(got).not.toMatch(/transfer-encoding/i);
    answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    const keep = `GET /old HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`;
    const both = await sendRaw(proxy.url, [keep, keep], { until: /ok.*ok$/s });
    expect(both.match(/\r\n\r\nok/g)).toHaveLength(2);
  });

  it("passes several Set-Cookie fields and empty fields on", async () => {
    const lines = "Set-Cookie: a=1; Expires=Sun, 01 Nov 2026 10:00:00 GMT\r\nSet-Cookie: b=2\r\n";
    answers(`HTTP/1.1 200 OK\r\n${lines}X-Empty:\r\nContent-Length: 0\r\n\r\n`);
    const got = await sendRaw(proxy.url, `GET / HTTP/1.1\r\n${LAST}X-Void:\r\n\r\n`);
    expect(got.match(/set-cookie: [^\r]+/gi)).toHaveLength(2);
    expect(got).toMatch(/\r\nx-empty: *\r\n/i);
    expect(origin.requests[0]?.fields.some(([name]) => /x-void/i.test(name))).toBe(true);
  });

  it("refuses an enormous header section, or passes it whole", async () => {
    answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const big = "b".repeat(32_768);
    const got = await sendRaw(proxy.url, `GET / HTTP/1.1\r\n${LAST}X-Big: ${big}\r\n\r\n`);
    expect(statusOf(got)).toBe(runtime === "node" ? 431 : 200);
    expect(got.includes("application/problem+json")).toBe(runtime === "node");
    const [asked] = origin.requests;
    expect(asked?.fields.find(([name]) => /x-big/i.test(name))?.[1]).toBe(
      runtime === "node" ? undefined : big,
    );
  });
});

describe("connections on Node only", () => {
  it("never sends a refusal as the response to a request under way", async () => {
    const origin = await startRawOrigin();
    const proxy = await RUNTIMES.node({ origin: origin.url, rules: {} });
    origin.answer = (_request, socket) => {
      setTimeout(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 200);
      return { bytes: "" };
    };
    const got = await sendRaw(proxy.url, `GET /1 HTTP/1.1\r\n${HOST}\r\nnonsense\r\n\r\n`);
    expect(got.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
    await proxy.close();
    await origin.close();
  });

  it.each(Object.keys(LF_ALONE))("refuses a bare LF %s as malformed", async (where) => {
    const proxy = await RUNTIMES.node({ origin: "http://127.0.0.1:9", rules: {} });
    const got = await sendRaw(proxy.url, LF_ALONE[where] as string, { timeout: 1000 });
    expect(statusOf(got)).toBe(400);
    expect(got).toContain("not well-formed");
    await proxy.close();
  });

  it("answers malformed requests with a problem document", async () => {
    const proxy = await RUNTIMES.node({ origin: "http://127.0.0.1:9", rules: {} });
    const got = await sendRaw(proxy.url, "nonsense\r\n\r\n");
    expect(got).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*application\/problem\+json/s);
    const named = await sendRaw(proxy.url, `GET /a#b HTTP/1.1\r\n${LAST}\r\n`);
    expect(statusOf(named)).toBe(400);
    await proxy.close();
  });
});
