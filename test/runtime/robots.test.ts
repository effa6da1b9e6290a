import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type Handler, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

const OWN = "# ours\nUser-agent: *\nDisallow: /private/\n";
const RULES = {
  robots: { mode: "merge" },
  defaults: { cache: { after: 100 } },
  rules: [
    {
      name: "no training",
      match: { path: "/drafts/*", agent: { name: "GPTBot" } },
      access: { action: "block" },
    },
    { name: "all", match: { agent: { name: "CCBot" } }, access: { action: "block" } },
  ],
};

describe.each(Object.entries(RUNTIMES))("robots.txt on %s", (_runtime, start) => {
  let origin: TestOrigin;
  const proxies: Proxy[] = [];

  /** A proxy of its own, since the origin server's file is reused for a minute. */
  const serve = async (handler: Handler | undefined, rules: object = RULES): Promise<Proxy> => {
    if (handler === undefined) origin.routes.delete("/robots.txt");
    else origin.routes.set("/robots.txt", handler);
    const proxy = await start({ origin: origin.url, rules });
    proxies.push(proxy);
    return proxy;
  };
  const text =
    (content: string | Buffer, fields: Readonly<Record<string, string>> = {}): Handler =>
    (request, response) => {
      response.writeHead(200, { "content-type": "text/plain", ...fields });
      response.end(request.method === "HEAD" ? undefined : content);
    };

  beforeAll(async () => {
    origin = await startOrigin();
  });
  afterAll(async () => {
    for (const proxy of proxies) await proxy.close();
    await origin?.close();
  });

  it("is merged, reused for a while, and answers GET, HEAD and conditional requests", async () => {
    const proxy = await serve(text(gzipSync(OWN), { "content-encoding": "gzip", etag: '"o"' }));
    const url = `${proxy.url}/robots.txt`;
    const before = origin.requests.length;
    const first = await send(url, { headers: { "user-agent": "CCBot" } });
    const content = first.body.toString();
    expect(first.status).toBe(200);
    expect(content.slice(0, OWN.length)).toBe(OWN);
    expect(content).toContain("User-agent: GPTBot\nDisallow: /private/\nDisallow: /drafts/\n");
    expect(content).toContain("User-agent: CCBot\nDisallow: /private/\nDisallow: /\n");
    expect(first.headers["content-type"]).toBe("text/plain");
    const { etag } = first.headers;
    expect(etag).toMatch(/^"[\da-f]+"$/);
    const head = await send(url, { method: "HEAD" });
    expect([head.status, head.headers["etag"], head.body.length]).toEqual([200, etag, 0]);
    expect(head.headers["content-length"]).toBe(String(first.body.length));
    const held = await send(url, { headers: { "if-none-match": String(etag) } });
    expect([held.status, held.headers["etag"], held.body.length]).toEqual([304, etag, 0]);
    expect(origin.requests.length - before).toBe(1);
  });

  it("is made of the rules alone if the origin server has none, or a web page", async () => {
    const page: Handler = (_request, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<p>User-agent: *</p>");
    const forbidden: Handler = (_request, response) => response.writeHead(403).end("no");
    for (const handler of [undefined, page, forbidden]) {
      const { status, body } = await send(`${(await serve(handler)).url}/robots.txt`);
      expect([
        status,
        body.toString().startsWith("User-agent: GPTBot\nDisallow: /drafts/\n"),
      ]).toEqual([200, true]);
    }
  });

  it("is the origin server's if that fails or redirects to another site", async () => {
    const away: Handler = (_request, response) =>
      response.writeHead(301, { location: "https://www.example.com/robots.txt" }).end();
    const busy: Handler = (_request, response) => response.writeHead(503).end("later");
    const slow: Handler = (_request, response) => response.writeHead(429).end("slower");
    for (const [handler, wanted] of [
      [away, 301],
      [busy, 503],
      [slow, 429],
    ] as const) {
      expect((await send(`${(await serve(handler)).url}/robots.txt`)).status).toBe(wanted);
    }
  });

  const redirect =
    (location: string, status = 302): Handler =>
    (_request, response) =>
      response.writeHead(status, { location }).end();

  it("is merged with the file to which the origin server redirects within the site", async () => {
    for (let i = 1; i < 5; i++) origin.routes.set(`/r${i}`, redirect(`/r${i + 1}`, 307));
    origin.routes.set("/r5", text(OWN));
    origin.routes.set("/gone", (_request, response) => response.writeHead(404).end());
    origin.routes.set("/page", text("<p>User-agent: *</p>", { "content-type": "text/html" }));
    for (const [to, own] of [
      ["/r5?v=1", OWN],
      ["/r1", OWN],
      ["/gone", ""],
      ["/page", ""],
    ] as const) {
      const proxy = await serve(redirect(to, 301));
      const before = origin.requests.length;
      for (let i = 0; i < 2; i++) {
        const { status, body } = await send(`${proxy.url}/robots.txt`);
        expect([status, body.toString().slice(0, own.length)]).toEqual([200, own]);
        expect(body.toString()).toContain("User-agent: GPTBot\n");
      }
      // The second client gets the file that is already merged.
      expect(origin.requests.length - before).toBe(to === "/r1" ? 6 : 2);
    }
  });

  it("passes redirects on that end nowhere, fail, or lead to another server", async () => {
    const other = await startOrigin();
    try {
      origin.routes.set("/loop", redirect("/loop"));
      origin.routes.set("/broken", (_request, response) => response.writeHead(500).end());
      origin.routes.set("/six", redirect("/r1"));
      origin.routes.set("/out", redirect(`${other.url}/robots.txt`));
      const lost = ["/loop", "/broken", "/six", "/out", "/robots.txt#a", "file:///etc/passwd"];
      // Nothing of such responses is reused.
      const proxy = await serve(undefined);
      for (const to of [...lost, `${other.url}/robots.txt`, "//", ""]) {
        origin.routes.set("/robots.txt", redirect(to));
        const { status } = await send(`${proxy.url}/robots.txt`);
        expect([to, status]).toEqual([to, 302]);
      }
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it("passes on as it is what is too large to be merged", async () => {
    const long = Buffer.from(`User-agent: a\n${"Disallow: /a-long-path/\n".repeat(100_000)}`);
    const many = Buffer.from("\n".repeat(150_000));
    for (const content of [long, many]) {
      const proxy = await serve(text(content));
      const { status, body } = await send(`${proxy.url}/robots.txt`);
      expect([status, body.equals(content)]).toEqual([200, true]);
    }
  });

  it("stays byte for byte if robots is off, or the rules have no line", async () => {
    const odd = Buffer.from("\uFEFFuser-agent:*\r\nDisallow: /\xfc", "latin1");
    const off = await serve(text(odd), { ...RULES, robots: { mode: "off" } });
    const silent = await serve(text(odd), { robots: true });
    for (const proxy of [off, silent]) {
      const { body } = await send(`${proxy.url}/robots.txt`);
      expect(body).toEqual(odd);
    }
  });

  it("is replaced without a request to the origin server", async () => {
    const proxy = await serve(text(OWN), { ...RULES, robots: { mode: "replace" } });
    const before = origin.requests.length;
    const { body } = await send(`${proxy.url}/robots.txt`);
    expect(body.toString()).not.toContain("/private/");
    expect(body.toString()).toContain("User-agent: CCBot\nDisallow: /\n");
    expect(origin.requests.length).toBe(before);
  });
});
