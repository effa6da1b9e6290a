import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { get as getOverTls } from "node:https";
import { pipeline, type Readable } from "node:stream";
import { Agent as Connections, WebSocket } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBrotliDecompress, createGunzip, createZstdDecompress } from "node:zlib";
import type { Opened } from "./front.ts";
import { startExpress } from "./origins/express.ts";
import type { Origin } from "./origins/program.ts";
import { BROWSER } from "./requests.ts";
import { otherFronts, SETTINGS, startSides, type Sides } from "./suite.ts";
import { noise } from "./tree.ts";

const ALL = [...SETTINGS, ...otherFronts(["node", "on", "TLS and HTTP/2"])];

describe.each(ALL)("streams of Express, on %s, features %s, over %s", (...setting) => {
  let origin: Origin;
  let sides: Sides;

  beforeAll(async () => {
    origin = await startExpress();
    sides = await startSides(origin, setting);
  });

  afterAll(async () => {
    await sides?.close();
    await origin?.stop();
  });

  const release = (id: string, text: string) =>
    sides.client.ask({ method: "POST", target: `/events/${id}/${text}` });

  test("each event arrives before the next is sent", async () => {
    const headers = { ...BROWSER, Accept: "text/event-stream" };
    const stream = await sides.client.open("/events/a", headers);
    expect(stream.headers["content-encoding"]).toBeUndefined();
    const read = reader(stream.content);
    expect(await read()).toBe("retry: 1000\n\n");
    for (const text of ["one", "two", "three"]) {
      await release("a", text);
      expect(await read()).toBe(`id: 1\ndata: ${text}\n\n`);
    }
    await release("a", "end");
    expect(await read()).toBe("");
  });

  test("the application notices that a reader of events is gone", async () => {
    const { content: events } = await sides.client.open("/events/b");
    await once(events, "data");
    events.destroy();
    // A Worker learns it by what it can't send.
    const until = Date.now() + 5000;
    for (;;) {
      const { content } = await release("b", "anyone");
      if (content.toString() === '"closed"') break;
      expect(Date.now()).toBeLessThan(until);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  test("content that arrives in parts is passed on in parts", async () => {
    const stream = await sides.client.open("/slow-content", BROWSER);
    const read = reader(decoded(stream));
    expect(await read()).toBe("first ");
    const started = performance.now();
    expect(await read()).toBe("last");
    expect(performance.now() - started).toBeGreaterThan(50);
  });

  test("interim responses arrive if the runtime can send any", async () => {
    const got = await sides.client.ask({ method: "GET", target: "/hints" });
    expect(got.status).toBe(200);
    expect(got.interim).toEqual(setting[0] === "node" ? [102, 103] : []);
    const asked = { method: "GET", target: "/continue" };
    expect((await sides.client.ask(asked)).content.toString()).toContain("nobody asked for");
  });

  test("content with trailers is whole, and they are left out", async () => {
    const got = await sides.client.ask({ method: "GET", target: "/trailers" });
    expect([got.content.toString(), got.trailers]).toEqual(["with trailers", []]);
  });

  test.each(["/cut", "/cut-chunked"])(
    "a response that breaks off at %s is no whole one",
    async (target) => {
      await expect(sides.client.ask({ method: "GET", target, fields: BROWSER })).rejects.toThrow();
    },
  );

  test("a connection that the application closes is a 502 with a reason", async () => {
    const got = await sides.client.ask({ method: "GET", target: "/reset" });
    expect(got.status).toBe(502);
    expect(JSON.parse(got.content.toString())).toMatchObject({ status: 502 });
  });

  test("a hundred requests use one connection", async () => {
    const client = sides.client.onOneConnection();
    const ports = new Set<number>();
    for (let i = 0; i < 100; i++) {
      const target = ["/text", "/html", "/status/204", "/status/304", "/status/404"][i % 5] ?? "/";
      // Node's client takes a HEAD response without a length for one that ends with the connection.
      const method = i % 3 === 0 && target !== "/html" ? "HEAD" : "GET";
      ports.add((await client.ask({ method, target, fields: BROWSER })).port);
    }
    client.close();
    expect(ports.size).toBe(1);
  });

  const connect = async (path: string, protocols: string[] = []) => {
    const socket = new WebSocket(sides.proxy.url.replace("http", "ws") + path, {
      protocols,
      ...(sides.ca === undefined ? {} : { dispatcher: trusting(sides.ca) }),
    });
    socket.binaryType = "arraybuffer";
    const messages: unknown[] = [];
    const waiting: (() => void)[] = [];
    socket.addEventListener("message", ({ data }) => {
      messages.push(typeof data === "string" ? data : Buffer.from(data as ArrayBuffer));
      waiting.shift()?.();
    });
    const closed = new Promise<[number, string]>((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve([code, reason]));
    });
    const next = async (): Promise<unknown> => {
      if (messages.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return messages.shift();
    };
    return { socket, next, closed };
  };

  test("a WebSocket carries text and bytes of all sizes", async () => {
    const { socket, next, closed } = await connect("/socket/a?b=1", ["other", "chat"]);
    expect(await next()).toBe("hello at /socket/a?b=1");
    expect(socket.protocol).toBe("chat");
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 700_000]) {
      const bytes = noise(size);
      socket.send(bytes);
      expect([(await next()) as Buffer, size]).toEqual([bytes, size]);
    }
    socket.send("Grüße");
    expect(await next()).toBe("Grüße");
    socket.close(4001, "enough");
    expect(await closed).toEqual([4001, "enough"]);
  });

  test.each([1000, 1001, 1011, 3000, 4999])(
    "the application closes a WebSocket by %i",
    async (code) => {
      const { socket, next, closed } = await connect("/socket");
      await next();
      socket.send(`close ${code}`);
      expect(await closed).toEqual([code, "as you say"]);
    },
  );

  test("a WebSocket that the application refuses is refused as without the proxy", async () => {
    const refused = async (url: string): Promise<unknown> => {
      const headers = {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
      };
      const { ca } = sides;
      const request = url.startsWith("https:")
        ? getOverTls(`${url}/socket/refused`, { headers, agent: false, ca })
        : get(`${url}/socket/refused`, { headers, agent: false });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return [response.statusCode, await reader(response)()];
    };
    expect(await refused(origin.url)).toEqual([403, "no way"]);
    expect(await refused(sides.proxy.url)).toEqual([403, "no way"]);
  });
});

/** Reads one piece at a time, waiting for it. */
function reader(stream: Readable): () => Promise<string> {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return async () => {
    const { value } = (await iterator.next()) as { value?: Buffer };
    return value?.toString() ?? "";
  };
}

/** A client that trusts an authority, whose WebSockets begin in HTTP/1.1. */
function trusting(ca: string): Connections {
  return new Connections({ connect: { ca } });
}

/** The content without its coding. */
function decoded({ headers, content: response }: Opened): Readable {
  switch (headers["content-encoding"]) {
    case "br":
      return pipeline(response, createBrotliDecompress(), () => {});
    case "gzip":
      return pipeline(response, createGunzip(), () => {});
    case "zstd":
      return pipeline(response, createZstdDecompress(), () => {});
    default:
      return response;
  }
}
