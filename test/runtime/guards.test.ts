// The hooks of a guard that charges or counts: it sees every answer, and learns how each response ended.
import { request as begin } from "node:http";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { TOLL_FEATURES } from "../support/toll-feature.ts";

interface Ending {
  readonly target: string;
  readonly end: string;
  readonly status?: number;
  readonly bytesSent?: number;
  /** Bytes of content that the guard received before the head was sent. */
  readonly received?: number;
}

const PAGE = `<main><h1>A</h1><p>${"text ".repeat(500)}</p></main>`;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a guard on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    origin.routes.set("/", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html", "cache-control": "max-age=600" });
      response.end(PAGE);
    });
    origin.routes.set("/gzip", (_request, response) => {
      const fields = { "content-type": "text/plain", "content-encoding": "gzip", etag: '"1"' };
      response.writeHead(200, fields).end(gzipSync(PAGE));
    });
    origin.routes.set("/broken", (_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half", () => response.destroy());
    });
    origin.routes.set("/slow", (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      const timer = setInterval(() => response.write("x".repeat(1000)), 20);
      response.on("close", () => clearInterval(timer));
    });
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { defaults: { toll: true, markdown: true, documents: true, cache: { after: 1 } } },
      entry: fileURLToPath(new URL("toll-worker.ts", import.meta.url)),
      features: TOLL_FEATURES,
      // No sink reads the events, and the guard is told all the same.
      logLevel: "off",
    });
  }, 60_000);
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  /** The ending of the last request for a target, once there is one. */
  async function ended(target: string): Promise<Ending> {
    for (let tries = 0; ; tries++) {
      const { body } = await send(`${proxy.url}/endings`);
      const all = JSON.parse(body.toString()) as readonly Ending[];
      const found = all.findLast((each) => each.target === target);
      if (found !== undefined) return found;
      if (tries === 100) throw new Error(`no ending of ${target}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it("sees the whole content before the head is sent, and the end", async () => {
    const { headers, body } = await send(`${proxy.url}/`);
    expect([headers["x-at"], body.toString()]).toEqual(["end", PAGE]);
    const ending = await ended("/");
    expect(ending).toMatchObject({ end: "sent", status: 200, received: PAGE.length });
    expect(ending.bytesSent).toBeGreaterThanOrEqual(PAGE.length);
  });

  it("bypasses the cache", async () => {
    const before = origin.requests.length;
    for (let i = 0; i < 3; i++) await send(`${proxy.url}/`);
    expect(origin.requests.length - before).toBe(3);
  });

  it("sees coded content, which arrives as the origin server sent it", async () => {
    const { headers, body } = await send(`${proxy.url}/gzip`, {
      headers: { "accept-encoding": "gzip" },
    });
    const text = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    expect(text.toString()).toBe(PAGE);
    expect((await ended("/gzip")).end).toBe("sent");
  });

  it("sees a document that a later feature makes", async () => {
    const { status, headers } = await send(`${proxy.url}/llms.txt`);
    expect([status, headers["x-at"]]).toEqual([200, "end"]);
    expect((await ended("/llms.txt")).received).toBeGreaterThan(0);
  });

  it("refuses content that breaks off before it was received", async () => {
    const { status, body } = await send(`${proxy.url}/broken`);
    expect([status, body.toString()]).toEqual([503, "the content did not arrive"]);
    expect(await ended("/broken")).toMatchObject({ end: "sent", status: 503 });
  });

  it("is told that the client has left", async () => {
    await new Promise<void>((resolve, reject) => {
      const request = begin(`${proxy.url}/slow`, (response) => {
        response.once("data", () => {
          request.destroy();
          resolve();
        });
      });
      request.on("error", reject).end();
    });
    expect((await ended("/slow")).end).toBe("client-gone");
  });
});
