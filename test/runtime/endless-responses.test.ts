import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

/** Not compressible by gzip, whose window is 32 KB. */
const PIECE = randomBytes(48 * 1024).toString("base64");
/** Bytes that may be on their way: four sockets with their buffers, and a few pieces. */
const ON_THE_WAY = 64e6;

const RULES = {
  defaults: { cache: true, markdown: true, canonicalRedirect: true, documents: true },
  rules: [
    { name: "all", match: { path: "/*" }, compression: { dictionary: { match: "/endless.*" } } },
  ],
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a response without end on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  let written = 0;
  let open = 0;

  beforeAll(async () => {
    origin = await startOrigin();
    origin.missing = ({ url = "" }, response) => write(response, url);
    proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: RULES });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  function write(response: ServerResponse, url: string): void {
    const type = url.endsWith(".js") ? "text/javascript" : "text/html";
    response.writeHead(200, { "content-type": type, "cache-control": "public, max-age=60" });
    if (type === "text/html") response.write("<!doctype html><title>t</title><main><p>");
    const pieces = new Readable({
      read() {
        written += PIECE.length;
        this.push(PIECE);
      },
    });
    open++;
    response.on("close", () => {
      open--;
      pieces.destroy();
    });
    pieces.pipe(response);
  }

  /** Reads a million bytes, and then none. */
  async function readSome(target: string, fields: string): Promise<Socket> {
    const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`GET ${target} HTTP/1.1\r\nHost: a.example\r\n${fields}\r\n`);
    let length = 0;
    for await (const piece of socket.iterator({ destroyOnReturn: false })) {
      length += (piece as Buffer).length;
      if (length > 1e6) break;
    }
    socket.pause();
    return socket;
  }

  const CASES = [
    ["/endless.html", "Accept-Encoding: gzip\r\n"],
    ["/endless.js", "Accept-Encoding: dcb\r\n"],
  ] as const;

  it("is read no faster than the client reads it, with all features", async () => {
    const sockets = await Promise.all(CASES.map(([target, fields]) => readSome(target, fields)));
    let before = -1;
    while (before !== written) {
      before = written;
      expect(written).toBeLessThan(CASES.length * ON_THE_WAY);
      await pause(400);
    }
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => open, { timeout: 30_000 }).toBe(0);
  });

  it("ends at the origin server once the client leaves", async () => {
    const socket = await readSome("/endless.html", "");
    expect(open).toBeGreaterThan(0);
    socket.destroy();
    await expect.poll(() => open, { timeout: 30_000 }).toBe(0);
  });
});
