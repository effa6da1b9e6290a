import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { IncomingMessage, ServerResponse } from "node:http";
import { send, type RawResponse } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const TEXT = "body { color: red }\n".repeat(200);

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the cache shares on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  let tries = 0;
  /** The requests that the origin server got. */
  let asked: IncomingMessage[] = [];

  beforeAll(async () => {
    origin = await startOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { defaults: { cache: { after: 1 } } },
    });
  });
  beforeEach(() => {
    tries += 1;
    asked = [];
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  type Respond = (request: IncomingMessage, response: ServerResponse) => void;
  /** Responds with the number of the request, so that a stored response shows. */
  const serve = (fields: Record<string, string>, respond?: Respond): void =>
    void origin.routes.set(`/${tries}`, (request, response) => {
      asked.push(request);
      if (respond !== undefined) {
        respond(request, response);
        return;
      }
      response.writeHead(200, { "content-type": "text/css", ...fields });
      response.end(`${asked.length} ${TEXT}`);
    });
  const get = (headers: Record<string, string> = {}): Promise<RawResponse> =>
    send(`${proxy.url}/${tries}`, { headers });
  const pause = () => new Promise((resolve) => setTimeout(resolve, 60));
  const isHit = ({ headers }: RawResponse): boolean => /hit/.test(String(headers["cache-status"]));
  /** Requests until the response is stored: it is stored behind a response. */
  const stored = async (): Promise<void> => {
    for (let i = 0; i < 40 && !isHit(await get()); i++) await pause();
    expect(isHit(await get())).toBe(true);
  };
  /** The responses to several requests, all from the origin server. */
  const expectOwn = async (headers: Record<string, string> = {}): Promise<void> => {
    const before = asked.length;
    for (let i = 1; i <= 4; i++) {
      const got = await get(headers);
      expect(isHit(got)).toBe(false);
      expect(asked.length).toBe(before + i);
      await pause();
    }
  };

  it("what the origin server says is for all", async () => {
    serve({ "cache-control": "public, max-age=60" });
    await stored();
  });

  it.each([
    { "cache-control": "private, max-age=60" },
    { "cache-control": "max-age=60, no-store" },
    { "cache-control": "public, max-age=60", "set-cookie": "session=alice" },
    { "cache-control": "public, max-age=60", vary: "Cookie" },
    { "cache-control": "public, max-age=60", vary: "Accept, Authorization" },
    { "cache-control": "public, max-age=60", vary: "*" },
    { "cache-control": "public, max-age=60", vary: "Wayleave-Agent" },
  ] as const)("nothing with %j", async (fields) => {
    serve(fields);
    await expectOwn();
  });

  it("no page of a request with a cookie, and none with a client that has one", async () => {
    const page = { "cache-control": "public, max-age=60", "content-type": "text/html" };
    serve(page);
    await expectOwn({ cookie: "session=alice" });
    const bob = await get();
    expect(isHit(bob)).toBe(false);
    await stored();
    await expectOwn({ cookie: "session=alice" });
  });

  it("no part of a response as the whole", async () => {
    serve({}, ({ headers }, response) => {
      const fields = { "content-type": "text/css", "cache-control": "max-age=60" };
      if (headers.range === undefined) return void response.writeHead(200, fields).end(TEXT);
      response.writeHead(206, { ...fields, "content-range": `bytes 0-9/${TEXT.length}` });
      response.end(TEXT.slice(0, 10));
    });
    for (let i = 0; i < 3; i++) {
      expect((await get({ range: "bytes=0-9" })).body.toString()).toBe(TEXT.slice(0, 10));
      await pause();
    }
    for (let i = 0; i < 3; i++) {
      const { status, body } = await get();
      expect(status).toBe(200);
      expect(body.toString()).toBe(TEXT);
    }
  });

  it.each([
    { "cache-control": "private, max-age=60" },
    { "cache-control": "no-store" },
    { "set-cookie": "session=alice" },
  ])("nothing that the origin server confirms with %j", async (confirmed) => {
    let isPrivate = false;
    serve({}, ({ headers }, response) => {
      const isKnown = isPrivate && headers["if-none-match"] !== undefined;
      const common = { etag: '"1"', "cache-control": "public, max-age=0, must-revalidate" };
      if (isKnown) return void response.writeHead(304, { ...common, ...confirmed }).end();
      response.writeHead(200, { ...common, "content-type": "text/css" });
      response.end(`${asked.length} ${TEXT}`);
    });
    await get();
    await pause();
    isPrivate = true;
    await get();
    await pause();
    isPrivate = false;
    const before = asked.length;
    const next = await get();
    expect(asked.length).toBe(before + 1);
    expect(next.body.toString()).toBe(`${asked.length} ${TEXT}`);
    expect(asked.at(-1)?.headers["if-none-match"]).toBeUndefined();
  });

  it("nothing with another host", async () => {
    serve({ "cache-control": "public, max-age=60" });
    await stored();
    const other = await get({ host: "other.example" });
    expect(isHit(other)).toBe(false);
  });
});
