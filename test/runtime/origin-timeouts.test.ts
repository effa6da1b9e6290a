import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const PAGE = `<!doctype html><title>Page</title><main><h1>Page</h1>${"<p>Text.</p>".repeat(3000)}`;
const PART = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99999\r\n\r\n${PAGE}`;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("timeouts in the rules on %s", (runtime) => {
  let server: Server;
  let says = "";
  const sockets = new Set<Socket>();
  const proxies: Proxy[] = [];

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", () => says !== "" && socket.write(says));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
  });

  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  /** Sends a request to a proxy whose origin server accepts and says no more than it is told to. */
  const ask = async (scheme: string, timeouts: object, headers = {}) => {
    const origin = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const rules = { timeouts, defaults: { markdown: true } };
    const proxy = await RUNTIMES[runtime]({ origin, rules });
    proxies.push(proxy);
    const from = Date.now();
    const got = await send(`${proxy.url}/`, { headers }).catch((error: Error) => error);
    return { got, took: Date.now() - from, log: proxy.log.join("") };
  };

  // To a Worker, connecting is a part of the wait for the head, and untouched content is out of reach.
  if (runtime === "node") {
    it("connect: TLS that never comes is a 504", async () => {
      says = "";
      const { got, took } = await ask("https", { connect: "1s" });
      expect(got).toMatchObject({ status: 504 });
      expect(took).toBeLessThan(6000);
    });

    it("idle: content that stops on its way is broken off", async () => {
      says = PART;
      const { got, took } = await ask("http", { idle: "1s" });
      expect(got).toBeInstanceOf(Error);
      expect(took).toBeLessThan(6000);
    });
  }

  it("head: a response that never comes is a 504", async () => {
    says = "";
    const { got, took } = await ask("http", { head: "1s" });
    expect(got).toMatchObject({ status: 504 });
    expect(took).toBeLessThan(6000);
  });

  it("idle: content that stops while a feature reads it is broken off", async () => {
    says = PART;
    const { got, took } = await ask("http", { idle: "1s" }, { accept: "text/markdown" });
    expect(got).toBeInstanceOf(Error);
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(8000);
  });
});
