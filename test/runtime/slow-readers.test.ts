// Clients that read nothing: others still get connections to the origin server, however large the responses.
import { connect } from "node:net";
import type { Pool } from "undici";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } from "vitest";
import { Turns } from "../../src/runtime/node/http2/turns.ts";
import type { ClientResponse } from "../../src/runtime/node/message.ts";
import { SlowResponses } from "../../src/runtime/node/slow-responses.ts";
import { askStream, connectHttp2 } from "../support/http2-client.ts";
import { FrameClient, get, preface } from "../support/http2-frames.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import { startTlsSite, type TlsSite } from "../support/tls-site.ts";

/** The connections of the pool to one address. */
const CONNECTIONS = 256;
const WINDOW = 4;

let origin: TestOrigin;
/** Responses of `/endless` that are under way. */
let open = 0;

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/", (_request, response) => response.end("home"));
  const large = Buffer.alloc(256 * 1024);
  origin.routes.set("/large", (_request, response) => response.end(large));
  origin.routes.set("/endless", (_request, response) => {
    open++;
    response.on("close", () => open--).on("error", () => {});
    const piece = Buffer.alloc(65_536);
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on("drain", more);
    more();
  });
});
afterAll(() => origin?.close());

describe("over HTTP/2", () => {
  let site: TlsSite;
  beforeAll(async () => {
    site = await startTlsSite({ origin: origin.url, rules: {} });
  });
  afterAll(() => site?.proxy.close());

  test("more streams with a shut window than connections to the origin server", async () => {
    const visitor = await connectHttp2(site.url, site.authority.ca);
    const clients = await Promise.all(
      [0, 1, 2].map(async () => {
        const client = await FrameClient.connect(
          site.url,
          site.authority.ca,
          preface([[WINDOW, 0]]),
        );
        client.send(...Array.from({ length: 100 }, (_, i) => get(2 * i + 1, "/large")));
        return client;
      }),
    );
    const sent = (): number => origin.requests.filter(({ url }) => url === "/large").length;
    await expect.poll(sent, { timeout: 60_000 }).toBe(300);
    expect(sent()).toBeGreaterThan(CONNECTIONS);
    expect((await askStream(visitor, "/")).content.toString()).toBe("home");
    for (const client of clients) client.close();
    expect((await askStream(visitor, "/")).content.toString()).toBe("home");
    visitor.destroy();
  }, 150_000);

  test.each(["", "a"])(
    "many requests at once whose content %j has ended before they begin",
    async (content) => {
      const session = await connectHttp2(site.url, site.authority.ca);
      const options = { method: "POST", content, isChunked: true };
      const asked = Array.from({ length: 40 }, () => askStream(session, "/", options));
      const got = await Promise.all(asked);
      expect(got.map(({ status }) => status)).toEqual(asked.map(() => 200));
      session.destroy();
    },
  );
});

describe("over HTTP/1.1", () => {
  let proxy: Proxy;
  beforeAll(async () => {
    proxy = await RUNTIMES.node({ origin: origin.url, rules: { timeouts: { idle: "1s" } } });
  });
  afterAll(() => proxy?.close());

  test.each(["1.0", "1.1"])(
    "a client of HTTP/%s that reads nothing for too long loses its connection",
    async (version) => {
      const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
      const errors: unknown[] = [];
      socket.on("error", (error: NodeJS.ErrnoException) => errors.push(error.code)).pause();
      const before = origin.requests.length;
      socket.write(`GET /endless HTTP/${version}\r\nHost: a\r\n\r\n`);
      await expect.poll(() => origin.requests.length, { timeout: 20_000 }).toBe(before + 1);
      await expect.poll(() => open, { timeout: 40_000 }).toBe(0);
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.resume();
      await closed;
      // In HTTP/1.0, a regular end would mean that the content is whole.
      if (version === "1.0") expect(errors).toEqual(["ECONNRESET"]);
    },
    90_000,
  );
});

describe("connections to the origin server that all have content which waits", () => {
  const ORIGIN = new URL("http://127.0.0.1:9");
  beforeEach(
    () => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }),
  );
  afterEach(() => void vi.useRealTimers());

  /** Responses whose clients have these addresses, and the ones that are cut off, by number. */
  function waiting(addresses: readonly string[], queued: () => number) {
    const cut: number[] = [];
    const pool = {
      get stats() {
        return { queued: queued() };
      },
    } as unknown as Pool;
    const slow = new SlowResponses(pool, { idle: 60_000, most: 0 });
    const controller = { pause() {}, resume() {}, abort() {} };
    const flows = addresses.map((remoteAddress, at) => {
      const socket = { remoteAddress };
      const req = { socket, httpVersion: "1.1" };
      const outgoing = { req, socket, destroy: () => cut.push(at) } as unknown as ClientResponse;
      const sent = { path: "/", method: "GET" as const, origin: ORIGIN };
      const flow = slow.flowOf(controller, sent, outgoing);
      flow.pause();
      return flow;
    });
    return { cut, slow, flows };
  }

  it("are taken from the network that has most of them, once they wait for long", () => {
    const addresses = ["192.0.2.1", "198.51.100.1", "198.51.100.2", "198.51.100.3"];
    const { cut, slow } = waiting(addresses, () => Math.max(0, 2 - cut.length));
    slow.makeRoom();
    vi.advanceTimersByTime(4000);
    expect(cut).toEqual([]);
    vi.advanceTimersByTime(2000);
    expect(cut).toEqual([1, 2]);
    vi.advanceTimersByTime(20_000);
    expect(cut).toEqual([1, 2]);
  });

  it("are left to clients that read, however slowly, and as long as no request waits", () => {
    const { cut, flows } = waiting(["192.0.2.1", "192.0.2.2", "192.0.2.3"], () => 0);
    for (let seconds = 0; seconds < 90; seconds += 30) {
      vi.advanceTimersByTime(30_000);
      flows[1]?.resume();
      flows[1]?.pause();
      if (seconds === 0) flows[2]?.end();
    }
    expect(cut).toEqual([0]);
  });
});

test("a connection with many requests begins them in turns, in order, so that others have theirs", async () => {
  const [greedy, other] = [new Turns(), new Turns()];
  const begun: string[] = [];
  const begin = (name: string) => () => begun.push(name) > 0;
  for (let i = 0; i < 10; i++) greedy.take(begin(`greedy ${i}`), false);
  other.take(begin("other"), false);
  expect(begun).toEqual(["greedy 0", "greedy 1", "greedy 2", "greedy 3", "other"]);
  await expect.poll(() => begun.length).toBe(11);
  expect(begun.filter((each) => each !== "other")).toEqual(
    Array.from({ length: 10 }, (_, i) => `greedy ${i}`),
  );
  greedy.take(begin("later"), true);
  expect(begun).not.toContain("later");
  await expect.poll(() => begun).toContain("later");
});
