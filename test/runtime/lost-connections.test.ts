import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { send } from "../support/client.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

let origin: RawOrigin;
let proxy: Proxy;

/** For the tests of a suite, which get a proxy each. */
function startBefore(runtime: RuntimeName): void {
  beforeEach(async () => {
    origin = await startRawOrigin();
    proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: {} });
  }, 30_000);
  afterEach(async () => {
    await proxy.close();
    await origin.close();
  });
}

/** The origin treats the first request for a path in one way, and answers all others. */
function first(act: (socket: Socket) => string): void {
  const seen = new Set<string>();
  origin.answer = ({ startLine }, socket) => {
    const [, target = ""] = startLine.split(" ");
    if (target === "/" || seen.has(target)) return { bytes: OK };
    seen.add(target);
    return { bytes: act(socket) };
  };
}

const linesFor = (target: string): string[] =>
  origin.requests.map(({ startLine }) => startLine).filter((line) => line.includes(target));

const ask = async (target: string, init: RequestInit = {}) => {
  const response = await fetch(proxy.url + target, init);
  return { status: response.status, text: await response.text() };
};

const closes = (socket: Socket): string => {
  socket.end();
  return "";
};
const resets = (socket: Socket): string => {
  socket.resetAndDestroy();
  return "";
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a lost connection, on %s", (runtime) => {
  startBefore(runtime);

  test.each([
    ["closes", closes],
    ["resets", resets],
  ])("a safe request is sent again if the origin %s the connection", async (_name, act) => {
    first(act);
    await ask("/");
    for (const method of ["GET", "HEAD", "OPTIONS"]) {
      expect(await ask(`/${method}`, { method })).toMatchObject({ status: 200 });
      expect(linesFor(`/${method}`)).toEqual(Array(2).fill(`${method} /${method} HTTP/1.1`));
    }
  });

  test("a safe request is sent again after bytes that an earlier response left", async () => {
    first(() => "nothing of HTTP\r\n\r\n");
    await ask("/");
    expect(await ask("/a")).toEqual({ status: 200, text: "ok" });
    expect(linesFor("/a")).toHaveLength(2);
  });

  const unasked = (text: string): string =>
    `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

  test("a response that the origin sends behind another answers no request", async () => {
    let requests = 0;
    origin.answer = ({ startLine }, socket) => {
      const own = unasked(startLine);
      // Behind every second one in the same piece, behind the others a little later.
      if (++requests % 2 === 0) return { bytes: own + unasked("nobody's") };
      setTimeout(() => socket.write(unasked("nobody's")), 5);
      return { bytes: own };
    };
    for (let i = 0; i < 20; i++) {
      expect(await ask(`/${i}`)).toEqual({ status: 200, text: `GET /${i} HTTP/1.1` });
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  });

  test.each(["\x1f", "HTML", "ab"])(
    "a safe request is sent again if an earlier response left %j and the origin closes",
    async (rest) => {
      first((socket) => {
        socket.end(rest);
        return "";
      });
      await ask("/");
      expect(await ask("/a")).toEqual({ status: 200, text: "ok" });
      expect(linesFor("/a")).toHaveLength(2);
    },
  );

  test("it is sent no more than twice", async () => {
    origin.answer = (_request, socket) => ({ bytes: closes(socket) });
    expect(await ask("/a")).toMatchObject({ status: 502 });
    expect(linesFor("/a")).toHaveLength(2);
  });

  test.each([
    ["POST", "content"],
    ["POST", undefined],
    ["PUT", "content"],
    ["DELETE", undefined],
    ["PATCH", "content"],
    ["OPTIONS", "content"],
  ])("%s with %s is sent once", async (method, body) => {
    first(closes);
    await ask("/");
    expect(await ask("/a", { method, ...(body === undefined ? {} : { body }) })).toMatchObject({
      status: 502,
    });
    expect(linesFor("/a")).toHaveLength(1);
  });

  test("a request whose response breaks off is not sent again", async () => {
    first((socket) => {
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
      return "";
    });
    await ask("/");
    await expect(ask("/a")).rejects.toThrow();
    expect(linesFor("/a")).toHaveLength(1);
  });
});

describe("a lost connection, on Node only", () => {
  startBefore("node");

  test("on a new connection bytes that are not HTTP are a fault of the origin", async () => {
    first(() => "nothing of HTTP\r\n\r\n");
    expect(await ask("/a")).toMatchObject({ status: 502 });
    expect(linesFor("/a")).toHaveLength(1);
  });

  test.each([
    ["GET", undefined],
    ["POST", "content"],
    ["DELETE", undefined],
  ])(
    "%s with %s goes to a new connection if its own is lost before it is sent",
    async (method, content) => {
      origin.answer = () => ({ bytes: OK });
      const kept: Socket[] = [];
      let reset = (): void => {};
      const onConnected = (message: unknown): void =>
        void kept.push((message as { socket: Socket }).socket);
      // Within a dispatch: the socket's error is not told yet, and the pool takes it for a good one.
      const onCreated = (): void => reset();
      subscribe("undici:client:connected", onConnected);
      subscribe("undici:request:create", onCreated);
      try {
        await send(`${proxy.url}/`);
        reset = () => {
          reset = () => {};
          for (const socket of kept.splice(0)) {
            socket.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
          }
        };
        const { status, body } = await send(`${proxy.url}/a`, {
          method,
          ...(content === undefined ? {} : { body: content }),
        });
        expect([status, String(body)]).toEqual([200, "ok"]);
        expect(linesFor("/a")).toHaveLength(1);
        expect(kept.length).toBeGreaterThan(0);
      } finally {
        unsubscribe("undici:client:connected", onConnected);
        unsubscribe("undici:request:create", onCreated);
      }
    },
  );

  test.each([
    ["abc", "a part of a line"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnot", "a response"],
  ])(
    "a request goes to a new connection if %j arrives before it is written: %s",
    async (surplus) => {
      origin.answer = () => ({ bytes: OK });
      const connections: Socket[] = [];
      let come = (): void => {};
      const onConnected = (message: unknown): void =>
        void connections.push((message as { socket: Socket }).socket);
      // Within a dispatch: the connection has the request, but has not sent it.
      const onCreated = (): void => come();
      subscribe("undici:client:connected", onConnected);
      subscribe("undici:request:create", onCreated);
      try {
        await send(`${proxy.url}/`);
        come = () => {
          come = () => {};
          for (const socket of connections.splice(0)) socket.push(Buffer.from(surplus));
        };
        const { status, body } = await send(`${proxy.url}/a`, { method: "POST", body: "content" });
        expect([status, String(body)]).toEqual([200, "ok"]);
        expect(linesFor("/a")).toHaveLength(1);
        expect(connections.length).toBeGreaterThan(0);
      } finally {
        unsubscribe("undici:client:connected", onConnected);
        unsubscribe("undici:request:create", onCreated);
      }
    },
  );

  test.each(["H", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nX-A: ", "HTTP/1.1 103 Early Hints\r\n\r\n"])(
    "a request is not sent again once a part of the response has arrived: %j",
    async (part) => {
      first((socket) => {
        socket.end(part);
        return "";
      });
      await ask("/");
      expect(await ask("/a")).toMatchObject({ status: 502 });
      expect(linesFor("/a")).toHaveLength(1);
    },
  );

  test("an origin that closes idle connections just as the next request arrives costs no response", async () => {
    origin.answer = (_request, socket) => {
      setTimeout(() => socket.end(), 1 + Math.random() * 3);
      return { bytes: OK };
    };
    const statuses = new Set<number>();
    const client = async (): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        statuses.add((await ask("/a")).status);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
    expect([...statuses]).toEqual([200]);
  });
});
