import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startKv, type TestKv } from "../support/kv.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

/** An address of the tests, with the number of its requests that are open at the origin server. */
const open = new Map<string, number>();
const count = (target: string, by: number): void =>
  void open.set(target, (open.get(target) ?? 0) + by);

/** Answers nothing below /silent; elsewhere a head and the beginning of the content. */
function startOrigin(): Server {
  return createServer((request, response) => {
    const target = request.url ?? "";
    count(target, 1);
    response.once("close", () => count(target, -1));
    if (target.startsWith("/silent")) return;
    response.writeHead(200, { "content-type": "text/plain", "content-length": 1e6 });
    response.write("the beginning");
  }).listen(0, "127.0.0.1");
}

const urlOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function ask(proxy: Proxy, target: string): Promise<Socket> {
  const { hostname, port } = new URL(proxy.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(`GET ${target} HTTP/1.1\r\nHost: site.example\r\n\r\n`);
  await expect.poll(() => open.get(target), { timeout: 30_000 }).toBe(1);
  return socket;
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a client that leaves, on %s", (runtime) => {
  const origin = startOrigin();
  let kv: TestKv;
  let proxy: Proxy;

  beforeAll(async () => {
    open.clear();
    kv = await startKv();
    const defaults = { canonicalRedirect: true, markdown: true, compression: true, cache: true };
    const rules = { defaults };
    const more = runtime === "workerd" ? { kv: kv.url } : {};
    proxy = await RUNTIMES[runtime]({ origin: urlOf(origin), rules, ...more });
  });

  afterAll(async () => {
    await proxy?.close();
    origin.closeAllConnections();
    origin.close();
    await kv?.close();
  });

  it.each(["/silent/page", "/slow/page", "/slow/file.bin"])(
    "ends the request to the origin server: %s",
    async (target) => {
      const socket = await ask(proxy, target);
      if (target.startsWith("/slow")) await once(socket, "data");
      socket.resetAndDestroy();
      await expect.poll(() => open.get(target), { timeout: 30_000 }).toBe(0);
    },
  );

  it("ends it although other work of the same request goes on", async () => {
    kv.mode = "hangs";
    const sockets: Socket[] = [];
    // A request that finds the last look into KV to be a second old begins the next one.
    for (let i = 0; i < 10; i++) {
      sockets.push(await ask(proxy, `/silent/${i}`));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    for (const socket of sockets) socket.resetAndDestroy();
    const left = () => sockets.map((_socket, i) => open.get(`/silent/${i}`));
    await expect.poll(left, { timeout: 15_000 }).toEqual(sockets.map(() => 0));
  });
});
