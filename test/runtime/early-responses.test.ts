import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHastyOrigin, type HastyOrigin, type Manner } from "../support/hasty-origin.ts";
import { needs } from "../support/needs.ts";
import { sendRaw } from "../support/raw.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

/** Sends a head and then content, whatever comes back meanwhile, and another request behind it. */
async function upload(url: string, head: string, pieces: number, rest = ""): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let got = "";
  const over = once(socket, "close").catch(() => {});
  socket.setEncoding("latin1").on("data", (text: string) => {
    got += text;
    if (got.includes("after")) socket.end();
  });
  socket.on("error", () => {});
  socket.write(`POST /upload HTTP/1.1\r\nHost: a.example\r\n${head}\r\n`);
  const piece = Buffer.alloc(PIECE, "x");
  const isChunked = head.includes("chunked");
  for (let i = 0; i < pieces && socket.writable; i++) {
    const framed = isChunked
      ? Buffer.concat([Buffer.from(`${PIECE.toString(16)}\r\n`), piece, Buffer.from("\r\n")])
      : piece;
    if (!socket.write(framed)) await Promise.race([once(socket, "drain"), over]).catch(() => {});
  }
  if (isChunked) socket.write("0\r\n\r\n");
  if (rest !== "") socket.write(rest);
  const timer = setTimeout(() => socket.destroy(), 8000);
  await over;
  clearTimeout(timer);
  return got;
}

const PIECE = 65_536;
const AFTER = "GET /after HTTP/1.1\r\nHost: a.example\r\n\r\n";
const MANNERS: readonly Manner[] = ["reads on", "stops reading", "closes", "resets", "says close"];

describe("a response before the end of the request", () => {
  let origin: HastyOrigin;
  let proxy: Proxy;

  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-upload-"));
    file = join(folder, "content");
    writeFileSync(file, "");
    truncateSync(file, 60_000_000);
    origin = await startHastyOrigin();
    proxy = await RUNTIMES.node({
      origin: origin.url,
      rules: {
        rules: [{ name: "closed", match: { path: "/closed/*" }, access: { action: "challenge" } }],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    origin?.close();
    rmSync(folder, { recursive: true });
  });

  describe.each(MANNERS)("of an origin server that %s", (manner) => {
    it.each([413, 401, 302, 200])(
      "reaches the client with %i, and the next request too",
      async (status) => {
        Object.assign(origin, { status, manner });
        const pieces = 200;
        const got = await upload(proxy.url, `Content-Length: ${pieces * PIECE}\r\n`, pieces, AFTER);
        expect(got.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
        expect(got).toContain("\r\n\r\nearly");
        expect(got.endsWith("\r\n\r\nafter")).toBe(true);
      },
      15_000,
    );

    it("reaches a client that sends chunks, and says that it closes", async () => {
      Object.assign(origin, { status: 413, manner });
      origin.targets.length = 0;
      const got = await upload(proxy.url, "Transfer-Encoding: chunked\r\n", 200, AFTER);
      expect(got.slice(0, 12)).toBe("HTTP/1.1 413");
      expect(got).toMatch(/\r\nConnection: close\r\n/);
      expect(got.endsWith("\r\n\r\nearly")).toBe(true);
      expect(origin.targets).toEqual(["/upload"]);
    }, 15_000);

    it("reaches a client that waits for 100 Continue", async () => {
      Object.assign(origin, { status: 401, manner });
      const head = `Content-Length: ${20 * PIECE}\r\nExpect: 100-continue\r\n`;
      const got = await upload(proxy.url, head, 20, AFTER);
      expect(got).toContain("HTTP/1.1 401");
      expect(got).toContain("\r\n\r\nearly");
    }, 15_000);

    it(
      "reaches curl at the end of an upload of 60 MB",
      { ...needs("curl"), timeout: 60_000 },
      async () => {
        const send = async (url: string): Promise<number> => {
          const started = performance.now();
          const { out, code } = await curl("-s", "-T", file, "-w", "%{http_code}", url);
          expect({ out, code }).toEqual({ out: "early413", code: 0 });
          return performance.now() - started;
        };
        Object.assign(origin, { status: 413, manner: "reads on" });
        const direct = await send(origin.url);
        Object.assign(origin, { manner });
        // A connection that waits for the client's end closes after 5 seconds.
        expect(await send(proxy.url)).toBeLessThan(4 * direct + 4000);
      },
    );
  });

  it("is read to the end if it is long, and the next request is found", async () => {
    Object.assign(origin, { status: 200, manner: "reads on" });
    for (let i = 0; i < 3; i++) {
      const got = await upload(proxy.url, `Content-Length: ${900 * PIECE}\r\n`, 900, AFTER);
      expect(got.endsWith("\r\n\r\nafter")).toBe(true);
    }
  }, 20_000);

  it("leaves nothing behind on a connection that has many of them", async () => {
    Object.assign(origin, { status: 413, manner: "reads on" });
    const warnings: string[] = [];
    const note = ({ message }: Error): void => void warnings.push(message);
    process.on("warning", note);
    const { hostname, port } = new URL(proxy.url);
    const socket = connect(Number(port), hostname);
    let got = "";
    socket.setEncoding("latin1").on("data", (text: string) => (got += text));
    for (let i = 1; i <= 15; i++) {
      socket.write(`POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: ${PIECE}\r\n\r\n`);
      socket.write(Buffer.alloc(PIECE - 1, "x"));
      await expect.poll(() => got.match(/early/g)?.length, { timeout: 5000 }).toBe(i);
      socket.write("x");
    }
    socket.destroy();
    process.off("warning", note);
    expect(warnings).toEqual([]);
  }, 30_000);

  it("says that it closes if the rest is too long to be read", async () => {
    Object.assign(origin, { status: 413, manner: "reads on" });
    const got = await upload(proxy.url, `Content-Length: ${2 ** 32}\r\n`, 300);
    expect(got).toContain("HTTP/1.1 413");
    expect(got).toMatch(/\r\nConnection: close\r\n/);
    expect(got.endsWith("early")).toBe(true);
  }, 15_000);

  it.each([
    ["400", "Host: b c\r\n"],
    ["417", "Expect: miracles\r\n"],
    ["501", "Transfer-Encoding: gzip, chunked\r\n"],
  ])(
    "reaches the client if it is a refusal of ours: %s",
    async (status, field) => {
      const length = field.startsWith("Transfer") ? "" : `Content-Length: ${200 * PIECE}\r\n`;
      const got = await upload(proxy.url, field + length, 200, AFTER);
      expect(got.slice(9, 12)).toBe(status);
      expect(got).toContain("application/problem+json");
      expect(got.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    },
    15_000,
  );

  it("reaches the client if it is a challenge", async () => {
    const { hostname, port } = new URL(proxy.url);
    const socket = connect(Number(port), hostname);
    let got = "";
    socket.setEncoding("latin1").on("data", (text: string) => (got += text));
    const length = 100 * PIECE;
    socket.write(`POST /closed/a HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
    for (let i = 0; i < 100; i++) {
      if (!socket.write(Buffer.alloc(PIECE))) await once(socket, "drain");
    }
    socket.write(AFTER);
    await expect.poll(() => got, { timeout: 5000 }).toContain("after");
    expect(got).toMatch(/^HTTP\/1\.1 403 /);
    socket.destroy();
  }, 15_000);

  it("refuses malformed content once, whether the origin server has answered or not", async () => {
    for (const manner of ["reads on", "stops reading"] as const) {
      Object.assign(origin, { status: 413, manner });
      const head = "POST /u HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
      const got = await sendRaw(proxy.url, [head, "2\r\nab\r\n", "zz\r\n"], { timeout: 7000 });
      expect(got.match(/HTTP\/1\.1 \d+/g)).toHaveLength(1);
    }
    expect(proxy.log.join("")).not.toContain("internal-error");
  }, 20_000);
});

function curl(...args: string[]): Promise<{ out: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn("curl", args, { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ out, code }));
  });
}
