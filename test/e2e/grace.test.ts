import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A connection to the proxy that a test writes to and reads from. */
class Client {
  got = "";
  isClosed = false;
  readonly socket: Socket;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname);
    this.socket.setEncoding("latin1").on("data", (text: string) => (this.got += text));
    this.socket.on("error", () => {}).on("close", () => (this.isClosed = true));
  }

  async until(text: string): Promise<void> {
    const end = Date.now() + 8000;
    while (!this.got.includes(text)) {
      if (Date.now() > end) throw new Error(`no ${text} in ${this.got}`);
      await pause(10);
    }
  }
}

describe("the end of wayleave start --runtime node", { timeout: 30_000 }, () => {
  let origin: RawOrigin;
  let folder: string;
  let proxy: StartedProxy;
  /** Ends the download that is under way. */
  let finish: () => void;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-grace-"));
    origin = await startRawOrigin();
    origin.answer = ({ startLine, fields }, socket) => {
      if (startLine.includes("/download")) {
        finish = () => void socket.write("end");
        return { bytes: "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nbegin" };
      }
      if (startLine.includes("/socket")) {
        const key = fields.find(([name]) => /^sec-websocket-key$/i.test(name))?.[1] ?? "";
        const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
        return {
          bytes: `HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept.digest("base64")}\r\n\r\nhello`,
        };
      }
      return { bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" };
    };
  });
  afterAll(async () => {
    await origin?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    proxy = await startCommand(folder, [
      "--runtime",
      "node",
      "--origin",
      origin.url,
      "--grace",
      "6",
    ]);
  });
  afterEach(async () => {
    proxy?.signal("SIGKILL");
    await proxy?.stop();
  });

  const isRefused = async (): Promise<boolean> => {
    const { hostname, port } = new URL(proxy.url);
    const socket = connect(Number(port), hostname);
    const event = await Promise.race([
      once(socket, "connect").then(() => "connected"),
      once(socket, "error").then(() => "refused"),
    ]).catch(() => "refused");
    socket.destroy();
    return event === "refused";
  };

  it.each(["SIGTERM", "SIGINT"] as const)(
    "lets a download end after %s, and accepts no new request",
    async (signal) => {
      const idle = new Client(proxy.url);
      idle.socket.write(get("/1"));
      await idle.until("\r\n\r\nok");
      const client = new Client(proxy.url);
      client.socket.write(get("/download"));
      await client.until("begin");
      proxy.signal(signal);
      await expect.poll(isRefused, { timeout: 4000 }).toBe(true);
      await expect.poll(() => idle.isClosed, { timeout: 4000 }).toBe(true);
      await pause(2500);
      expect(client.isClosed).toBe(false);
      expect(client.got.endsWith("begin")).toBe(true);
      finish();
      await client.until("beginend");
      await expect.poll(() => client.isClosed, { timeout: 4000 }).toBe(true);
    },
  );

  it("ends with 0 after the last response, and a connection closes after its response", async () => {
    const client = new Client(proxy.url);
    client.socket.write(get("/download"));
    await client.until("begin");
    const started = performance.now();
    const ended = proxy.stop();
    await pause(500);
    client.socket.write(get("/.wayleave/ready"));
    finish();
    await client.until("beginend");
    await client.until('{"ready":false}');
    expect(client.got).toContain("HTTP/1.1 503 ");
    expect(await ended).toBe(0);
    expect(performance.now() - started).toBeLessThan(5000);
    await expect.poll(() => client.isClosed, { timeout: 4000 }).toBe(true);
  });

  it("aborts open responses after the grace period", async () => {
    const client = new Client(proxy.url);
    client.socket.write(get("/download"));
    await client.until("begin");
    const started = performance.now();
    expect(await proxy.stop()).toBe(0);
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(5500);
    expect(took).toBeLessThan(9000);
    expect(client.got.endsWith("begin")).toBe(true);
  });

  it("ends at once at the second signal", async () => {
    const client = new Client(proxy.url);
    client.socket.write(get("/download"));
    await client.until("begin");
    proxy.signal("SIGTERM");
    await pause(500);
    const started = performance.now();
    expect(await proxy.stop()).toBe(143);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("closes a WebSocket once nothing else is under way", async () => {
    const socket = new Client(proxy.url);
    socket.socket.write(
      "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await socket.until("hello");
    const client = new Client(proxy.url);
    client.socket.write(get("/download"));
    await client.until("begin");
    const ended = proxy.stop();
    await pause(1000);
    expect(socket.isClosed).toBe(false);
    finish();
    expect(await ended).toBe(0);
    expect(socket.isClosed).toBe(true);
    expect(client.got.endsWith("beginend")).toBe(true);
  });
});

describe("the end of wayleave start --runtime workers", { timeout: 60_000 }, () => {
  let origin: RawOrigin;
  let folder: string;
  let proxy: StartedProxy;
  const finish: (() => void)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-grace-"));
    origin = await startRawOrigin();
    origin.answer = ({ startLine }, socket) => {
      if (!startLine.includes("/download")) return { bytes: "HTTP/1.1 204 None\r\n\r\n" };
      finish.push(() => void socket.write("end"));
      return { bytes: "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nbegin" };
    };
    proxy = await startCommand(folder, ["--origin", origin.url, "--grace", "4"]);
  }, 60_000);
  afterAll(async () => {
    proxy?.signal("SIGKILL");
    await origin?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("lets a download end, aborts one that is open after the grace period, and ends with 0", async () => {
    const [ending, open] = [new Client(proxy.url), new Client(proxy.url)];
    for (const client of [ending, open]) {
      client.socket.write(get("/download"));
      await client.until("begin");
    }
    const started = performance.now();
    const ended = proxy.stop();
    await pause(1500);
    expect([ending.isClosed, open.isClosed]).toEqual([false, false]);
    finish[0]?.();
    await ending.until("beginend");
    expect(await ended).toBe(0);
    expect(performance.now() - started).toBeGreaterThan(3500);
    expect(open.got.endsWith("begin")).toBe(true);
    expect(proxy.said()).not.toMatch(/crash|restart/);
  });
});
