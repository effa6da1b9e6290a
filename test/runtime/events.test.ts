import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CAUSES, linesOf, type LogLine } from "../support/log-lines.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const HOST = "Host: a.example\r\n";
const LAST = `${HOST}Connection: close\r\n`;

/** What the line for a request says, and the line on why it went wrong. */
interface Expected {
  readonly access: object;
  readonly cause?: object;
}

interface Case {
  /** Sends the request, and gives up reading where the case is about that. */
  readonly ask: (url: string) => Promise<unknown>;
  readonly path: string;
  readonly node: Expected;
  /** @default as on Node; undefined where workerd itself answers */
  readonly workerd?: Expected | undefined;
}

const get =
  (path: string, fields = "") =>
  (url: string) =>
    sendRaw(url, `GET ${path} HTTP/1.1\r\n${LAST}${fields}\r\n`);

/** Leaves once something has come, or after a while. */
const leave =
  (path: string, fields = "", after = /never/) =>
  async (url: string) => {
    await sendRaw(url, `GET ${path} HTTP/1.1\r\n${HOST}${fields}\r\n`, {
      until: after,
      timeout: 700,
    });
  };

const MARKDOWN = "Accept: text/markdown\r\n";
const sent = (status: number, more: object = {}): Expected => ({ access: { status, ...more } });
const whole = sent(200, { originStatus: 200, end: "sent" });

const CASES: Readonly<Record<string, Case>> = {
  "a response that is sent whole": { ask: get("/whole?a=1"), path: "/whole", node: whole },
  "a HEAD": {
    ask: (url) => sendRaw(url, `HEAD /head HTTP/1.1\r\n${LAST}\r\n`),
    path: "/head",
    node: whole,
  },
  "an error of the origin's own": {
    ask: get("/error"),
    path: "/error",
    node: sent(500, { originStatus: 500, level: "info", end: "sent" }),
  },
  "content that we make": {
    ask: get("/page/", MARKDOWN),
    path: "/page/",
    node: whole,
  },
  "one of our own endpoints": {
    ask: get("/.wayleave/health"),
    path: "/.wayleave/health",
    node: sent(200, { originStatus: null, originDuration: null }),
  },
  "an endpoint that there is none of": {
    ask: get("/.wayleave/none"),
    path: "/.wayleave/none",
    node: {
      access: { status: 404, level: "warn" },
      cause: { event: "request-refused", code: "not-found", phase: "endpoint" },
    },
  },
  "a method that is not forwarded": {
    ask: (url) => sendRaw(url, `TRACE /trace HTTP/1.1\r\n${LAST}\r\n`),
    path: "/trace",
    node: {
      access: { status: 501, method: "TRACE", level: "warn" },
      cause: { event: "request-refused", code: "not-implemented", phase: "admission" },
    },
  },
  "an upload that expects what nobody knows": {
    ask: (url) => sendRaw(url, `POST /expects HTTP/1.1\r\n${LAST}Expect: magic\r\n\r\n`),
    path: "/expects",
    node: {
      access: { status: 417 },
      cause: { event: "request-refused", code: "expectation-failed" },
    },
    workerd: undefined,
  },
  "a request without Host": {
    ask: (url) => sendRaw(url, "GET /hostless HTTP/1.1\r\nConnection: close\r\n\r\n"),
    path: "/hostless",
    node: { access: { status: 400 }, cause: { event: "request-refused", phase: "admission" } },
    workerd: undefined,
  },
  "bytes that are no request": {
    ask: (url) => sendRaw(url, "nonsense\r\n\r\n"),
    path: "-",
    node: {
      access: { status: 400, method: "-" },
      cause: { event: "request-refused", code: "bad-request", phase: "connection" },
    },
    workerd: undefined,
  },
  "a challenge": {
    ask: get("/closed/?token=1"),
    path: "/closed/",
    node: {
      access: { status: 403, originStatus: null },
      cause: { event: "request-refused", code: "no-evidence", feature: "access" },
    },
  },
  "an origin that does not respond": {
    ask: get("/silent?a=1"),
    path: "/silent",
    node: {
      access: { status: 504, originStatus: null, level: "warn" },
      cause: { event: "origin-failed", code: "timeout-head", phase: "head" },
    },
  },
  "an origin that closes at once": {
    ask: get("/closes"),
    path: "/closes",
    node: {
      access: { status: 502, originStatus: null },
      cause: { event: "origin-failed", code: "closed", phase: "head" },
    },
    workerd: {
      access: { status: 502, originStatus: null },
      cause: { event: "origin-failed", code: "unknown" },
    },
  },
  "an origin that breaks off its content": {
    ask: get("/breaks"),
    path: "/breaks",
    node: {
      access: { status: 200, end: "aborted", level: "warn" },
      cause: { event: "origin-failed", code: "closed", phase: "content", status: 200 },
    },
    // Only the head is seen of what workerd sends by itself.
    workerd: sent(200, { originStatus: 200 }),
  },
  "content that breaks off while we make it": {
    ask: get("/torn/", MARKDOWN),
    path: "/torn/",
    node: {
      access: { status: 200, end: "aborted" },
      cause: { event: "origin-failed", phase: "content" },
    },
    workerd: {
      access: { status: 200, end: "aborted" },
      cause: { event: "request-failed", phase: "content" },
    },
  },
  "a client that leaves before the head": {
    ask: async (url) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname);
      socket.write(`GET /late HTTP/1.1\r\n${HOST}\r\n`);
      await sleep(500);
      socket.resetAndDestroy();
    },
    path: "/late",
    node: sent(null as unknown as number, { end: "client-gone", level: "info" }),
  },
  "a client that leaves in the middle": {
    ask: leave("/endless", "", /x{100}/),
    path: "/endless",
    node: sent(200, { end: "client-gone", level: "info" }),
    workerd: whole,
  },
  "a client that leaves in the middle of what we make": {
    ask: leave("/long/", MARKDOWN, /text text/),
    path: "/long/",
    node: sent(200, { end: "client-gone", level: "info" }),
  },
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("events on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    answer(origin);
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      originTimeout: 1200,
      logLevel: "access",
      rules: {
        defaults: { markdown: true },
        rules: [{ name: "closed", match: { path: "/closed/*" }, access: { action: "challenge" } }],
      },
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const access = (path: string): LogLine[] =>
    linesOf(proxy, "access")
      .filter((line) => line["path"] === path)
      .map((line) => Object.assign({ end: "sent" }, line));
  const causes = (path: string): LogLine[] =>
    linesOf(proxy, ...CAUSES).filter((line) => line["path"] === path);

  it.each(Object.keys(CASES))("are one line for %s, and one with the cause", async (what) => {
    const { ask, path, node, ...other } = CASES[what] as Case;
    await ask(proxy.url);
    const expected = runtime === "workerd" && "workerd" in other ? other.workerd : node;
    if (expected === undefined) return;
    const { access: said, cause } = expected;
    await expect.poll(() => access(path), { timeout: 5000 }).toHaveLength(1);
    // Nothing else comes behind it.
    await sleep(100);
    expect(access(path)).toMatchObject([said]);
    expect(causes(path)).toHaveLength(cause === undefined ? 0 : 1);
    if (cause !== undefined) expect(causes(path)).toMatchObject([cause]);
  });

  it("are one for each of several requests on one connection", async () => {
    const paths = ["/many/1", "/many/2", "/many/3"];
    const bytes = paths.map((path, i) => `GET ${path} HTTP/1.1\r\n${i === 2 ? LAST : HOST}\r\n`);
    const got = await sendRaw(proxy.url, bytes.join(""));
    await expect.poll(() => paths.flatMap(access)).toHaveLength(3);
    const bytesOf = paths.flatMap(access).map((line) => line["bytes"] as number);
    // What went over the connection is known on Node alone.
    if (runtime === "node") expect(bytesOf.reduce((a, b) => a + b)).toBe(got.length);
    else expect(bytesOf).toEqual([13, 13, 13]);
  });

  it("tell of a joined connection once it has ended, or has begun", async () => {
    const socket = await joined(proxy.url);
    if (runtime === "node") expect(access("/socket")).toEqual([]);
    socket.end();
    await expect.poll(() => access("/socket")).toMatchObject([{ status: 101 }]);
    expect(access("/socket")[0]?.["end"]).toBe("sent");
  });
});

/** What the origin does at each path. */
function answer({ routes }: TestOrigin): void {
  const text = { "content-type": "text/plain" };
  for (const path of ["/whole", "/head", "/many/1", "/many/2", "/many/3"]) {
    routes.set(path, (_request, response) => {
      response.writeHead(200, { ...text, "content-length": "13" }).end("some content\n");
    });
  }
  routes.set("/error", (_request, response) => void response.writeHead(500, text).end("broken\n"));
  const html = { "content-type": "text/html" };
  routes.set("/page/", (_request, response) => {
    response.writeHead(200, html).end("<main><h1>Page</h1><p>Text.</p></main>");
  });
  routes.set("/silent", () => {});
  routes.set("/late", () => {});
  routes.set("/closes", (request) => void request.socket.destroy());
  routes.set("/breaks", (request, response) => {
    response.writeHead(200, { ...text, "content-length": "100" }).write("a part");
    setTimeout(() => request.socket.destroy(), 100);
  });
  const paragraphs = `<p>${"text ".repeat(20)}</p>\n`.repeat(400);
  routes.set("/torn/", (request, response) => {
    response.writeHead(200, html).write(`<main><h1>Page</h1>${paragraphs}`);
    setTimeout(() => request.socket.destroy(), 300);
  });
  routes.set("/long/", (_request, response) => {
    response.writeHead(200, html).write(`<main><h1>Page</h1>${paragraphs}`);
    goOn(response, paragraphs);
  });
  routes.set("/endless", (_request, response) => {
    response.writeHead(200, text);
    goOn(response, "x".repeat(1000));
  });
  routes.set("/socket", ({ socket, headers }) => {
    const accept = createHash("sha1")
      .update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on("data", () => {});
    socket.on("end", () => socket.end());
  });
}

function goOn(response: Parameters<Parameters<TestOrigin["routes"]["set"]>[1]>[1], piece: string) {
  const timer = setInterval(() => response.write(piece), 50);
  response.on("close", () => clearInterval(timer));
}

async function joined(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `GET /socket HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const [head] = (await once(socket, "data")) as [Buffer];
  expect(statusOf(head.toString("latin1"))).toBe(101);
  return socket;
}
