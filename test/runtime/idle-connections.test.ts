import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { endIdleConnections } from "../../src/runtime/node/idle-connections.ts";

describe("an idle connection", () => {
  let server: Server;
  afterEach(() => server.close());

  /** Responds after `delay` milliseconds; idle connections end after 200 ms, checked each 50 ms. */
  async function connected(delay = 0): Promise<Socket> {
    server = createServer({ keepAliveTimeout: 200, keepAliveTimeoutBuffer: 0 }, (_in, out) => {
      setTimeout(() => out.end("hello"), delay);
    });
    endIdleConnections(server, 50);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  }

  /** Sends a request, and returns the text that arrives up to the end of its content. */
  async function respond(socket: Socket): Promise<string> {
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let text = "";
    while (!text.includes("hello")) text += String((await once(socket, "data"))[0]);
    return text;
  }

  test("ends after the timeout, which its responses state", async () => {
    const socket = await connected();
    expect(await respond(socket)).toMatch(/^Keep-Alive: timeout=/im);
    const since = performance.now();
    socket.resume();
    await once(socket, "close");
    expect(performance.now() - since).toBeGreaterThan(150);
  });

  test("lives on while requests arrive", async () => {
    const socket = await connected();
    for (let i = 0; i < 8; i++) {
      await respond(socket);
      await sleep(80);
    }
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  test("is not one whose response takes longer than the timeout", async () => {
    const socket = await connected(500);
    await respond(socket);
    expect(await respond(socket)).toContain("hello");
    socket.destroy();
  });

  test("is not one on which a request arrives piece by piece", async () => {
    const socket = await connected();
    await respond(socket);
    for (const piece of "GET / HTTP/1.1\r\n") {
      socket.write(piece);
      await sleep(30);
    }
    socket.write("Host: a\r\n\r\n");
    expect(String((await once(socket, "data"))[0])).toContain("200 OK");
    socket.destroy();
  });

  test("is not one that has become a WebSocket", async () => {
    const socket = await connected();
    server.on("upgrade", (_incoming, upgraded) => {
      upgraded.on("error", () => {});
      upgraded.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    });
    await respond(socket);
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    expect(String((await once(socket, "data"))[0])).toContain("101");
    await sleep(500);
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });
});
