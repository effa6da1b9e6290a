import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

/** Pieces that a client would write for longer than any of the limits here, if it were not cut. */
const MANY = 200;
const TOKEN = "the-token-of-the-operator";

/**
 * Writes to a server piece by piece, and gives what has come back once it closes, with the time, and if it
 * closed before the last piece.
 *
 * @param patience milliseconds from the last piece after which the client closes
 */
async function talk(
  url: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  patience = 30_000,
) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let got = "";
  const started = performance.now();
  socket.setEncoding("latin1").on("data", (text: string) => (got += text));
  socket.on("error", () => {});
  const closed = once(socket, "close");
  socket.on("end", () => socket.end());
  let isCut = false;
  for await (const piece of pieces) {
    isCut = !socket.writable;
    if (isCut) break;
    if (!socket.write(piece, "latin1")) await Promise.race([once(socket, "drain"), closed]);
  }
  const timer = setTimeout(() => socket.destroy(), patience);
  await closed;
  clearTimeout(timer);
  return { got, seconds: (performance.now() - started) / 1000, isCut };
}

/** Pieces with pauses between them, in milliseconds. */
async function* spread(first: string, piece: string, times: number, pause: number) {
  yield first;
  for (let i = 0; i < times; i++) {
    await after(pause);
    yield piece;
  }
}

const post = (target: string, length: number, fields = ""): string =>
  `POST ${target} HTTP/1.1\r\nHost: a.example\r\n${fields}Content-Length: ${length}\r\n\r\n`;

// All of them wait: for each other, they need not.
describe.concurrent("a slow client", () => {
  let origin: Server;
  let proxy: Proxy;
  const ended: string[] = [];

  beforeAll(async () => {
    origin = createServer((request, response) => {
      const { url = "" } = request;
      request.on("error", () => {});
      request.on("close", () => ended.push(`${url} ${request.complete}`));
      if (url === "/early") {
        response.write("first");
        const timer = setInterval(() => response.write("."), 300);
        setTimeout(() => {
          clearInterval(timer);
          response.end("last");
        }, 2500);
        request.resume();
      } else if (url === "/slow") setTimeout(() => response.end("slow"), 2500);
      else void count(request);
      async function count(content: IncomingMessage): Promise<void> {
        let bytes = 0;
        try {
          for await (const piece of content) bytes += (piece as Buffer).length;
          response.end(`${bytes} bytes`);
        } catch {
          response.destroy();
        }
      }
    });
    origin.listen(0, "127.0.0.1");
    await once(origin, "listening");
    proxy = await RUNTIMES.node({
      origin: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
      rules: { timeouts: { idle: "1s" } },
      headTimeout: 1200,
      adminToken: TOKEN,
    });
  });

  afterAll(async () => {
    await proxy?.close();
    origin?.closeAllConnections();
    origin?.close();
  });

  const expectTimeout = (got: string, seconds: number): void => {
    expect(got).toMatch(/^HTTP\/1\.1 408 /);
    expect(got).toMatch(/\r\nconnection: close\r\n/i);
    expect(got).toContain("/.wayleave/problems/request-timeout");
    expect(got.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(seconds).toBeGreaterThan(0.9);
  };

  describe("with content that stalls", () => {
    it.each([
      ["after the head", post("/u", 10_000), ""],
      ["in the middle", `${post("/middle", 10_000)}${"x".repeat(5000)}`, ""],
      [
        "in a chunk",
        "POST /chunk HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nf\r\nx",
        "",
      ],
      ["and trickles", post("/trickle", 10_000), "x"],
      [
        "to an endpoint of ours",
        post("/.wayleave/purge", 99, `Authorization: Bearer ${TOKEN}\r\n`),
        "",
      ],
      ["though it asked for a 100", post("/u", 99, "Expect: 100-continue\r\n"), ""],
    ])("%s, gets 408", async (_where, first, piece) => {
      const pieces = spread(first, piece, piece === "" ? 0 : MANY, 150);
      const { got, seconds, isCut } = await talk(proxy.url, pieces);
      expectTimeout(got.replace("HTTP/1.1 100 Continue\r\n\r\n", ""), seconds);
      expect(isCut).toBe(piece !== "");
      // undici asks once there is some content.
      const [, path] = /^POST (\S+)[^]*x$/.exec(first + piece) ?? [];
      if (path === undefined) return;
      await expect
        .poll(() => ended.filter((line) => line.startsWith(path)))
        .toEqual([`${path} false`]);
    });

    it("gets the whole of a response that has begun", async () => {
      // The rest of the content never arrives, and the connection ends with the client.
      const { got } = await talk(proxy.url, [`${post("/early", 100)}x`], 8000);
      expect(got).toMatch(/^HTTP\/1\.1 200 /);
      expect(got).toMatch(/first[^]*last/);
    });

    it("gets 408 at its turn after another request", async () => {
      const first = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
      const { got, seconds } = await talk(proxy.url, [first, post("/u", 100)]);
      expect(got).toMatch(/^HTTP\/1\.1 200 [^]*slowHTTP\/1\.1 408 /);
      expect(seconds).toBeGreaterThan(3.4);
    });
  });

  describe("with content that arrives", () => {
    it("may take longer than the limit altogether", async () => {
      const fields = "Connection: close\r\n";
      const pieces = spread(post("/u", 12 * 1024, fields), "x".repeat(1024), 12, 250);
      expect((await talk(proxy.url, pieces)).got).toMatch(/\r\n\r\n12288 bytes$/);
    });
  });

  describe("with a head that does not arrive", () => {
    it.each([
      ["at all", "", ""],
      ["whole", "GET / HTTP/1.1\r\nHost: a.example\r\nX-", "a"],
      ["behind another request", `GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT`, ""],
    ])("%s, gets 408", async (_what, first, piece) => {
      const pieces = spread(first, piece, piece === "" ? 0 : MANY, 150);
      const { got, seconds, isCut } = await talk(proxy.url, first === "" ? [] : pieces);
      expectTimeout(got.replace(/^HTTP\/1\.1 200 [^]*0 bytes/, ""), seconds);
      expect(isCut).toBe(piece !== "");
    });
  });
});

/** Alone, with limits of its own: its megabytes take the others' time, and they its own. */
it("an upload may wait for an origin server that does not read", async () => {
  const origin = createServer((request, response) => {
    let bytes = 0;
    request.on("data", (piece: Buffer) => (bytes += piece.length)).pause();
    request.on("end", () => response.end(`${bytes} bytes`));
    setTimeout(() => request.resume(), 5000);
  });
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  const { port } = origin.address() as AddressInfo;
  const rules = { timeouts: { idle: "3s" } };
  const proxy = await RUNTIMES.node({ origin: `http://127.0.0.1:${port}`, rules });
  try {
    const length = 30 * 1024 * 1024;
    const pieces = [post("/", length, "Connection: close\r\n"), "x".repeat(length)];
    expect((await talk(proxy.url, pieces, 60_000)).got).toMatch(new RegExp(`${length} bytes$`));
  } finally {
    await proxy.close();
    origin.close();
  }
});
