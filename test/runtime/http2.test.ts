import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect, constants, type ClientHttp2Session } from "node:http2";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { askStream, connectHttp2 } from "../support/http2-client.ts";
import { frame, preface } from "../support/http2-frames.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startTlsSite, type TlsSite } from "../support/tls-site.ts";
import { noise } from "../real-world/tree.ts";

let origin: TestOrigin;
let site: TlsSite;
let client: ClientHttp2Session;

beforeAll(async () => {
  origin = await startOrigin();
  site = await startTlsSite({ origin: origin.url, rules: { timeouts: { idle: "2s" } } });
  client = await connectHttp2(site.url, site.authority.ca);
});

afterAll(async () => {
  client?.close();
  await site?.proxy.close();
  await origin?.close();
});

/** The last request that the origin server got, by a target of its own. */
const seen = (target: string): IncomingMessage =>
  origin.requests.findLast(({ url }) => url === target) as IncomingMessage;

const linesOf = ({ rawHeaders }: IncomingMessage): string[] =>
  rawHeaders.flatMap((name, i) =>
    i % 2 === 0 ? [`${name.toLowerCase()}: ${rawHeaders[i + 1]}`] : [],
  );

/** Answers with the content that arrived. */
const echo = (request: IncomingMessage, response: ServerResponse): void => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => response.end(Buffer.concat(pieces)));
};

describe("a request over HTTP/2", () => {
  test("reaches the origin server in HTTP/1.1, without fields of one connection", async () => {
    origin.routes.set("/fields", (_request, response) => response.end("ok"));
    const { status, content } = await askStream(client, "/fields?a=b", {
      fields: {
        cookie: ["a=1", "b=2"],
        te: "trailers",
        "x-two": ["1", "2"],
        "user-agent": "one",
      },
    });
    expect([status, String(content)]).toEqual([200, "ok"]);
    const lines = linesOf(seen("/fields?a=b"));
    const { host } = new URL(site.url);
    expect(lines).toContain("cookie: a=1; b=2");
    expect(lines.filter((line) => line.startsWith("x-two"))).toEqual(["x-two: 1", "x-two: 2"]);
    expect(lines).toContain("x-forwarded-proto: https");
    expect(lines).toContain(`x-forwarded-host: ${host}`);
    expect(lines).toContain(`forwarded: for=127.0.0.1;host="${host}";proto=https`);
    expect(lines).toContain("via: 2 wayleave");
    expect(lines.filter((line) => /^(?::|te:|http2-|transfer-encoding)/.test(line))).toEqual([]);
  });

  test("keeps fields of the response, and drops those of one connection", async () => {
    origin.routes.set("/answer", (_request, response) => {
      response.writeEarlyHints({ link: "</a.css>; rel=preload" });
      const fields = [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
        ["X-Latin", "caf\u00e9"],
        ["Content-Type", "text/plain"],
        ["Content-Type", "text/plain"],
        ["Content-Language", "de"],
        ["Content-Language", "en"],
        ["Keep-Alive", "timeout=5"],
        ["Proxy-Connection", "keep-alive"],
        ["HTTP2-Settings", "x"],
      ];
      response.writeHead(200, fields.flat());
      response.end("ok");
    });
    const { lines, interim } = await askStream(client, "/answer");
    expect(interim).toEqual([103]);
    const names = lines.map(([name]) => name);
    expect(names.filter((name) => /connection|keep-alive|transfer|http2/.test(name))).toEqual([]);
    const own = new Set(["set-cookie", "x-latin", "content-type", "content-language"]);
    expect(lines.filter(([name]) => own.has(name))).toEqual([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-latin", "caf\u00e9"],
      ["content-type", "text/plain"],
      ["content-type", "text/plain"],
      ["content-language", "de"],
      ["content-language", "en"],
    ]);
  });

  it.each([
    ["HEAD", 200, { "content-length": "5" }],
    ["GET", 204, {}],
    ["GET", 304, { etag: '"a"' }],
    ["GET", 205, {}],
  ] as const)("gets a response to %s with %i and no content", async (method, status, fields) => {
    origin.routes.set("/empty", (_request, response) => response.writeHead(status, fields).end());
    const answer = await askStream(client, "/empty", { method });
    expect([answer.status, answer.content.length]).toEqual([status, 0]);
    expect(answer.headers).toMatchObject(fields);
  });

  test("gets a status that Node's HTTP/2 can't send as a 500", async () => {
    origin.routes.set("/odd", (_request, response) => response.writeHead(799).end("odd"));
    const { status, content } = await askStream(client, "/odd");
    expect([status, String(content)]).toEqual([500, "odd"]);
  });

  it.each([
    [0, false],
    [0, true],
    [70_000, false],
    [3_000_000, true],
  ])("carries %i bytes of content both ways (without a length: %s)", async (size, isChunked) => {
    origin.routes.set("/echo", echo);
    const sent = noise(size);
    const { content } = await askStream(client, "/echo", {
      method: "POST",
      content: sent,
      isChunked,
    });
    expect(content.equals(sent)).toBe(true);
    const { headers } = seen("/echo");
    expect(headers["content-length"]).toBe(isChunked && size > 0 ? undefined : String(size));
  });

  test("gets a 100 once the origin server takes the request", async () => {
    origin.routes.set("/continue", echo);
    const stream = client.request({
      ":method": "POST",
      ":path": "/continue",
      expect: "100-continue",
    });
    await once(stream, "continue");
    const response = once(stream, "response");
    stream.end("content");
    const [headers] = (await response) as [Record<string, unknown>];
    expect(headers[":status"]).toBe(200);
    stream.close();
  });

  it.each([
    ["another expectation", { fields: { expect: "tea" } }, 417],
    [
      "another Host than the authority",
      { fields: { ":authority": "localhost", host: "b.example" } },
      400,
    ],
    ["an absolute form", { target: "http://a.example/" }, 400],
    ["a path without a slash", { target: "a" }, 400],
    ["too many fields", { fields: { "x-long": "x".repeat(17_000) } }, 431],
    ["TRACE", { method: "TRACE" }, 501],
    ["a malformed host", { fields: { ":authority": "a b" } }, 400],
  ])("with %s gets %o as a problem", async (_what, options, status) => {
    const { target = "/", ...rest } = options as { target?: string };
    const got = await askStream(client, target, rest).catch((error: unknown) => error);
    // nghttp2 itself resets malformed requests (RFC 9113 §8.1.1).
    if (got instanceof Error)
      expect(`${status} ${got.message}`).toMatch(/^400 .*(?:reset with 1|PROTOCOL_ERROR)$/);
    else expect(got).toMatchObject({ status });
  });

  test("with CONNECT gets 501, also for a WebSocket", async () => {
    const stream = client.request({ ":method": "CONNECT", ":authority": "a.example:443" });
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    expect(headers[":status"]).toBe(501);
    stream.close();
  });

  test("that stalls gets 408, and the request to the origin server ends", async () => {
    const gone = Promise.withResolvers<boolean>();
    origin.routes.set("/stall", (request) => {
      request.on("error", () => {});
      request.on("close", () => gone.resolve(request.complete));
      request.resume();
    });
    const stream = client.request({ ":method": "POST", ":path": "/stall" });
    stream.write("x");
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    expect(headers[":status"]).toBe(408);
    expect(await gone.promise).toBe(false);
    stream.close();
  }, 20_000);
});

describe("a stream that ends early", () => {
  // `close` of Node's client would end the content first.
  it.each([
    ["CANCEL", new DOMException("left", "AbortError")],
    ["NO_ERROR", undefined],
  ] as const)("ends the request to the origin server, reset with %s", async (_code, reason) => {
    const begun = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<boolean>();
    origin.routes.set("/hang", (request) => {
      begun.resolve();
      request.on("error", () => {});
      request.on("close", () => gone.resolve(request.complete));
    });
    const left = new AbortController();
    const options = { signal: left.signal };
    const stream = client.request({ ":method": "POST", ":path": "/hang" }, options);
    stream.on("error", () => {});
    stream.write("half");
    await begun.promise;
    if (reason === undefined) stream.destroy();
    else left.abort(reason);
    expect(await gone.promise).toBe(false);
  });

  test("is reset if the origin server breaks off, after the content so far", async () => {
    origin.routes.set("/broken", (_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("first", () => setTimeout(() => response.destroy(), 50));
    });
    const stream = client.request({ ":path": "/broken" });
    const pieces: string[] = [];
    stream.setEncoding("utf8").on("data", (text: string) => pieces.push(text));
    const closed = Promise.withResolvers<void>();
    stream.on("error", () => {});
    stream.on("close", () => closed.resolve());
    await closed.promise;
    expect([pieces.join(""), stream.rstCode]).toEqual(["first", constants.NGHTTP2_INTERNAL_ERROR]);
  });

  test("gets a whole early response to content that never ends", async () => {
    origin.routes.set("/early", (_request, response) => response.writeHead(413).end("too much"));
    const stream = client.request({ ":method": "POST", ":path": "/early" });
    stream.write("x".repeat(1000));
    let text = "";
    stream.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    expect(headers[":status"]).toBe(413);
    await once(stream, "close");
    expect([text, stream.rstCode]).toEqual(["too much", constants.NGHTTP2_NO_ERROR]);
  });
});

describe("a client that attacks", () => {
  test("by never opening its window loses its stream, and the origin server's ends", async () => {
    const gone = Promise.withResolvers<void>();
    origin.routes.set("/large", (_request, response) => {
      response.on("close", () => gone.resolve());
      const more = (): void => void response.write(Buffer.alloc(65_536), (e) => e ?? more());
      more();
    });
    const { ca } = site.authority;
    const session = connect(site.url, { ca, settings: { initialWindowSize: 0 } });
    session.on("error", () => {});
    const stream = session.request({ ":path": "/large" });
    const closed = Promise.withResolvers<void>();
    stream.on("error", () => {});
    stream.on("close", () => closed.resolve());
    await Promise.all([closed.promise, gone.promise]);
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    session.destroy();
  }, 30_000);

  const GET = Buffer.from([0x82, 0x84, 0x87, 0x41, 1, 0x61]);
  const POST = Buffer.from([0x83, 0x84, 0x87, 0x41, 1, 0x61]);
  it.each([
    [
      "rapid resets",
      (i: number) => [frame(1, 5, 2 * i + 1, GET), frame(3, 0, 2 * i + 1, Buffer.of(0, 0, 0, 8))],
    ],
    [
      "CONTINUATION frames",
      (i: number) => [
        i === 0 ? frame(1, 1, 1, GET) : frame(9, 0, 1, Buffer.of(0, 1, 0x78, 1, 0x79)),
      ],
    ],
    [
      "empty DATA frames",
      (i: number) => [i === 0 ? frame(1, 4, 1, POST) : frame(0, 0, 1, Buffer.alloc(0))],
    ],
  ] as const)(
    "by %s loses its connection",
    async (_what, make) => {
      const socket = connectTls({
        host: "127.0.0.1",
        port: Number(new URL(site.url).port),
        servername: "localhost",
        ca: site.authority.ca,
        ALPNProtocols: ["h2"],
      });
      const closed = Promise.withResolvers<void>();
      socket.on("error", () => {});
      socket.on("close", () => closed.resolve());
      socket.resume();
      await once(socket, "secureConnect");
      socket.write(preface());
      // Each exceeds the bound by far; nothing is sent without an end.
      for (let i = 0; i < 50 && !socket.destroyed; i++) {
        const frames = Array.from({ length: 500 }, (_, j) => make(500 * i + j)).flat();
        socket.write(Buffer.concat(frames));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await closed.promise;
      expect((await askStream(client, "/fields")).status).toBe(200);
    },
    30_000,
  );
});

describe("a connection", () => {
  test("speaks HTTP/1.1 with a client that chooses it", async () => {
    const { get } = await import("node:https");
    const request = get(`${site.url}/fields`, { ca: site.authority.ca, agent: false });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    expect([response.statusCode, response.httpVersion]).toEqual([200, "1.1"]);
    expect(linesOf(seen("/fields"))).toContain("x-forwarded-proto: https");
    expect(linesOf(seen("/fields"))).toContain("via: 1.1 wayleave");
  });

  test("answers requests that arrive behind the client's GOAWAY", async () => {
    origin.routes.set("/late", (_request, response) => response.end("whole"));
    const session = await connectHttp2(site.proxy.url, site.authority.ca);
    await askStream(session, "/late");
    // Node's client sends GOAWAY before the HEADERS of a request in the same turn.
    const answers = Array.from({ length: 8 }, () => askStream(session, "/late"));
    session.close();
    expect((await Promise.all(answers)).map(({ content }) => String(content))).toEqual(
      Array.from({ length: 8 }, () => "whole"),
    );
    await once(session, "close");
  });

  test("ends after its responses if the proxy stops", async () => {
    const other = await startTlsSite({ origin: origin.url, rules: {}, grace: 10_000 });
    const release = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    origin.routes.set("/slow", (_request, response) => {
      begun.resolve();
      void release.promise.then(() => response.end("whole"));
    });
    const session = connect(other.url, { ca: other.authority.ca });
    const [idle, answer] = [
      connect(other.url, { ca: other.authority.ca }),
      askStream(session, "/slow"),
    ];
    await Promise.all([begun.promise, once(idle, "connect")]);
    const farewell = once(session, "goaway");
    const closed = other.proxy.close();
    // The number of the only stream: a client may send later ones again elsewhere.
    expect((await farewell).slice(0, 2)).toEqual([0, 1]);
    await once(idle, "close");
    release.resolve();
    expect(String((await answer).content)).toBe("whole");
    await closed;
  }, 20_000);
});
