import { gzipSync } from "node:zlib";
import { parseDictionary, parseList } from "structured-headers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import {
  agentsOf,
  atMost,
  payingAgent,
  signedBy,
  signedOnce,
  type PayingAgent,
  type Signing,
} from "../support/paying.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const PAGE = "<!doctype html><title>Page</title><p>Content that has a price.</p>";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("charges, on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  let rich: PayingAgent;
  let poor: PayingAgent;
  let user: PayingAgent;

  beforeAll(async () => {
    origin = await startOrigin();
    [rich, poor, user] = await Promise.all([
      payingAgent("RichBot"),
      payingAgent("PoorBot"),
      payingAgent("UserBot", { behaviours: ["Agent"], category: "AI Assistant" }),
    ]);
    const charge = { action: "charge", price: "USD 0.01" };
    const rule = (name: string, more: object) => ({
      name,
      match: { path: `/${name}/*` },
      access: { ...charge, credit: "USD 100", window: "0s", ...more },
    });
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        agents: agentsOf([rich, poor, user]),
        defaults: { markdown: true, compression: true, cache: true, canonicalRedirect: true },
        rules: [
          rule("priced", {
            contact: "licensing@example.com",
            license: "https://www.example.com/license",
          }),
          rule("prepaid", { credit: undefined }),
          rule("window", { window: "10m" }),
          rule("free", { free: { requests: 2, per: "1d" } }),
          rule("observed", { mode: "observe" }),
          rule("held", { holdBytes: 1024 }),
        ],
      },
    });
    origin.missing = (request, response) => {
      const { pathname } = new URL(request.url ?? "/", origin.url);
      if (pathname.endsWith("/gone")) return void response.writeHead(404).end("nothing");
      if (pathname.endsWith("/empty")) return void response.writeHead(200).end();
      if (pathname.endsWith("/moved")) {
        return void response.writeHead(302, { location: "/priced/x" }).end("moved");
      }
      if (pathname.endsWith("/broken")) {
        response.writeHead(200, { "content-type": "text/plain", "content-length": "100" });
        response.write("part");
        return void setTimeout(() => response.destroy(), 50);
      }
      if (request.headers["if-none-match"] === '"v1"') {
        return void response.writeHead(304, { etag: '"v1"' }).end();
      }
      const coded = pathname.endsWith("/zip");
      const body = coded ? gzipSync(PAGE) : Buffer.from(PAGE);
      response.writeHead(200, {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "public, max-age=3600",
        etag: '"v1"',
        "content-length": String(body.length),
        ...(coded ? { "content-encoding": "gzip" } : {}),
      });
      response.end(request.method === "HEAD" ? undefined : body);
    };
  });
  afterAll(async () => {
    await proxy.close();
    await origin.close();
  });

  const pay = async (agent: PayingAgent, path: string, signing: Signing = atMost("USD 0.02")) =>
    send(proxy.url + path, {
      method: signing.method ?? "GET",
      headers: await signedBy(agent, proxy.url + path, signing),
    });

  test("asks for a payment, in the form that the client accepts", async () => {
    for (const [accept, type] of [
      ["*/*", "application/problem+json"],
      ["text/html", "text/html; charset=utf-8"],
      ["text/markdown", "text/markdown; charset=utf-8"],
    ] as const) {
      const { status, headers, body } = await send(`${proxy.url}/priced/a`, {
        headers: { accept },
      });
      expect([status, headers["content-type"]]).toEqual([402, type]);
      expect(headers["crawler-price"]).toBe("USD 0.01");
      expect(headers["cache-control"]).toBe("private, no-store");
      expect(headers["crawler-charged"]).toBeUndefined();
      expect(headers["link"]).toBe(
        '<mailto:licensing@example.com>; rel="help", <https://www.example.com/license>; rel="license"',
      );
      expect(body.toString()).toContain("USD 0.01");
      expect(body.toString()).toContain("licensing@example.com");
      if (accept === "*/*") {
        expect(JSON.parse(body.toString())).toMatchObject({
          status: 402,
          price: "USD 0.01",
          license: "https://www.example.com/license",
          contact: "mailto:licensing@example.com",
        });
      }
    }
  });

  test("charges a paid request once it has content, and keeps it out of caches", async () => {
    const before = origin.requests.length;
    const { status, headers, body } = await pay(rich, "/priced/b");
    expect(body.toString()).toBe(PAGE);
    expect(status).toBe(200);
    expect(headers["crawler-charged"]).toBe("USD 0.01");
    expect(headers["cache-control"]).toMatch(/^private, no-store/);
    expect(headers["crawler-error"]).toBeUndefined();
    await pay(rich, "/priced/b");
    await pay(rich, "/priced/b");
    expect(origin.requests.length).toBe(before + 3);
    const exact = await pay(rich, "/priced/b", { fields: { "crawler-exact-price": "USD 0.010" } });
    expect([exact.status, exact.headers["crawler-charged"]]).toEqual([200, "USD 0.01"]);
  });

  test("forwards the price field, which the signature covers", async () => {
    await pay(rich, "/priced/field", { fields: { "crawler-exact-price": "USD 0.01" } });
    expect(origin.requests.at(-1)?.headers).toMatchObject({ "crawler-exact-price": "USD 0.01" });
  });

  test("serves content in each coding and as markdown, charged", async () => {
    const headers = await signedBy(rich, `${proxy.url}/priced/zip`, atMost("USD 0.01"));
    const zipped = await send(`${proxy.url}/priced/zip`, {
      headers: { ...headers, "accept-encoding": "gzip" },
    });
    expect([zipped.status, zipped.headers["crawler-charged"]]).toEqual([200, "USD 0.01"]);
    const md = await signedBy(rich, `${proxy.url}/priced/md`, atMost("USD 0.01"));
    const markdown = await send(`${proxy.url}/priced/md`, {
      headers: { ...md, accept: "text/markdown" },
    });
    expect(markdown.headers["content-type"]).toContain("text/markdown");
    expect(markdown.headers["crawler-charged"]).toBe("USD 0.01");
    expect(markdown.headers["cache-control"]).toMatch(/^private, no-store/);
    expect(markdown.body.toString()).toContain("Content that has a price.");
    const other = await send(`${proxy.url}/priced/md`, { headers: { accept: "text/markdown" } });
    expect(other.status).toBe(402);
  });

  test.each([
    [
      "both fields",
      { fields: { "crawler-exact-price": "USD 0.01", "crawler-max-price": "USD 1" } },
      400,
      "ConflictingPriceHeaders",
    ],
    ["a malformed price", atMost("0.01 USD"), 400, "InvalidCrawlerPriceValue"],
    ["a negative price", atMost("USD -1"), 400, "InvalidCrawlerPriceValue"],
    ["a price in doubled fields", atMost("USD 0.01, USD 0.01"), 400, "InvalidCrawlerPriceValue"],
    ["a huge price", atMost(`USD ${"9".repeat(2000)}`), 400, "InvalidCrawlerPriceValue"],
    ["a price with markup", atMost("<script>alert(1)</script>"), 400, "InvalidCrawlerPriceValue"],
    [
      "another exact price",
      { fields: { "crawler-exact-price": "USD 0.02" } },
      402,
      "InvalidCrawlerExactPrice",
    ],
    ["too low a price", atMost("USD 0.009999"), 402, "InvalidCrawlerMaxPrice"],
    ["another currency", atMost("EUR 0.02"), 402, "InvalidCrawlerMaxPrice"],
    ["an old signature", { ...atMost("USD 0.01"), age: 62 }, 400, "InvalidSignature"],
    ["no payment", {}, 402, "MissingCrawlerPrice"],
  ] as [string, Signing, number, string][])("refuses %s", async (_name, signing, status, code) => {
    const before = origin.requests.length;
    const answer = await pay(rich, "/priced/c", signing);
    expect([answer.status, answer.headers["crawler-error"]]).toEqual([status, code]);
    expect(answer.headers["crawler-price"]).toBe("USD 0.01");
    expect(answer.headers["cache-control"]).toBe("private, no-store");
    expect(answer.body.toString()).not.toMatch(/<script>|9999|EUR|0\.009/);
    expect(origin.requests.length).toBe(before);
  });

  test("refuses a price that the signature does not cover, and one without a signature", async () => {
    const url = `${proxy.url}/priced/d`;
    const price = { "crawler-max-price": "USD 0.01" };
    const uncovered = await send(url, { headers: { ...(await signedBy(rich, url)), ...price } });
    expect([uncovered.status, uncovered.headers["crawler-error"]]).toEqual([
      400,
      "InvalidSignature",
    ]);
    const unsigned = await send(url, { headers: { ...price, "user-agent": "RichBot/1.0" } });
    expect([unsigned.status, unsigned.headers["crawler-error"]]).toEqual([
      400,
      "StrongAuthRequired",
    ]);
    const other = await signedBy(rich, url, atMost("USD 0.01"));
    const changed = await send(url, { headers: { ...other, "crawler-max-price": "USD 9" } });
    expect([changed.status, changed.headers["crawler-error"]]).toEqual([400, "InvalidSignature"]);
    const twice = await send(url, {
      headers: { ...other, "crawler-max-price": ["USD 0.01", "USD 0.01"] as never },
    });
    expect([twice.status, twice.headers["crawler-charged"]]).toEqual([400, undefined]);
  });

  test("a signature is charged once for a URL, with and without a nonce", async () => {
    const url = `${proxy.url}/priced/e`;
    for (const headers of [
      await signedBy(rich, url, atMost("USD 0.01")),
      await signedOnce(rich, url, { "crawler-max-price": "USD 0.01" }),
    ]) {
      const first = await send(url, { headers });
      expect([first.status, first.headers["crawler-charged"]]).toEqual([200, "USD 0.01"]);
      const again = await send(url, { headers });
      expect([again.status, again.headers["crawler-error"]]).toEqual([400, "InvalidSignature"]);
    }
    const headers = await signedBy(rich, url, atMost("USD 0.01"));
    const all = await Promise.all(Array.from({ length: 8 }, () => send(url, { headers })));
    expect(all.filter(({ headers }) => headers["crawler-charged"] !== undefined)).toHaveLength(1);
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("within the window, each request that is not a GET is charged", async () => {
    const post = { ...atMost("USD 0.02"), method: "POST" };
    for (const signing of [post, post, atMost("USD 0.02")]) {
      const { status, headers } = await pay(rich, "/window/form", signing);
      expect([status, headers["crawler-charged"]]).toEqual([200, "USD 0.01"]);
    }
    expect((await pay(rich, "/window/form", { method: "POST" })).status).toBe(402);
  });

  test("within the window, the same content is free for the same agent only", async () => {
    const first = await pay(rich, "/window/a");
    expect(first.headers["crawler-charged"]).toBe("USD 0.01");
    const again = await pay(rich, "/window/a");
    expect([again.status, again.headers["crawler-charged"]]).toEqual([200, undefined]);
    const unpaid = await pay(rich, "/window/a", {});
    expect([unpaid.status, unpaid.body.toString()]).toEqual([200, PAGE]);
    expect(unpaid.headers["cache-control"]).toMatch(/^private, no-store/);
    expect((await pay(poor, "/window/a", {})).status).toBe(402);
    expect((await send(`${proxy.url}/window/a`)).status).toBe(402);
    const claim = { "user-agent": "RichBot/1.0" };
    expect((await send(`${proxy.url}/window/a`, { headers: claim })).status).toBe(402);
    expect((await pay(rich, "/window/a?q", {})).status).toBe(402);
  });

  test("a free quota serves each verified agent, and claims not at all", async () => {
    for (const status of [200, 200, 402]) {
      expect((await pay(rich, `/free/${status}-${Math.random()}`, {})).status).toBe(status);
    }
    expect((await pay(rich, "/free/paid")).headers["crawler-charged"]).toBe("USD 0.01");
    expect((await pay(poor, "/free/x", {})).status).toBe(200);
    const claim = { "user-agent": "RichBot/1.0" };
    expect((await send(`${proxy.url}/free/y`, { headers: claim })).status).toBe(402);
  });

  test("an account without balance is refused", async () => {
    const { status, headers } = await pay(rich, "/prepaid/a");
    expect([status, headers["crawler-error"]]).toEqual([403, "PaymentFailed"]);
  });

  test("agents that fetch for a user pass, if they are verified", async () => {
    const answer = await pay(user, "/priced/u", {});
    expect([answer.status, answer.headers["crawler-charged"]]).toEqual([200, undefined]);
    const claim = { "user-agent": "UserBot/1.0" };
    expect((await send(`${proxy.url}/priced/u`, { headers: claim })).status).toBe(402);
  });

  test("charges neither HEAD, 304, errors, redirects nor empty content", async () => {
    const head = await pay(rich, "/priced/h", { ...atMost("USD 0.01"), method: "HEAD" });
    expect([head.status, head.headers["crawler-charged"]]).toEqual([200, undefined]);
    const unpaid = await pay(rich, "/priced/h", { method: "HEAD" });
    expect([unpaid.status, unpaid.headers["crawler-price"]]).toEqual([402, "USD 0.01"]);
    const signed = await signedBy(rich, `${proxy.url}/priced/i`, atMost("USD 0.01"));
    const first = await pay(rich, "/priced/i");
    const etag = String(first.headers["etag"]);
    const same = await send(`${proxy.url}/priced/i`, {
      headers: { ...signed, "if-none-match": etag },
    });
    expect([same.status, same.headers["crawler-charged"]]).toEqual([304, undefined]);
    for (const [name, status] of [
      ["gone", 404],
      ["moved", 302],
      ["empty", 200],
    ] as const) {
      const answer = await pay(rich, `/priced/${name}`);
      expect([answer.status, answer.headers["crawler-charged"]]).toEqual([status, undefined]);
    }
  });

  test("charges no content that the origin server breaks off, and serves none of it", async () => {
    const answer = await pay(rich, "/priced/broken");
    expect(answer.status).toBe(503);
    expect(answer.headers["crawler-error"]).toBe("InternalError");
    expect(answer.body.toString()).not.toContain("part");
    await expect(pay(rich, "/held/broken")).resolves.toMatchObject({ status: 503 });
  });

  test("only reports in observe mode", async () => {
    const answer = await send(`${proxy.url}/observed/a`);
    expect([answer.status, answer.headers["crawler-price"]]).toEqual([200, undefined]);
    const paid = await pay(rich, "/observed/a");
    expect([paid.status, paid.headers["crawler-charged"]]).toEqual([200, undefined]);
    expect(paid.headers["cache-control"]).toBe("public, max-age=3600");
  });

  test("exempt documents are free, pages at their addresses are not", async () => {
    const found = await send(`${proxy.url}/robots.txt`);
    expect(found.status).not.toBe(402);
  });

  test("writes fields that an independent parser reads", async () => {
    const { headers } = await send(`${proxy.url}/priced/p`);
    const [currency, value] = String(headers["crawler-price"]).split(" ");
    expect(parseList(String(value))).toEqual([[0.01, new Map()]]);
    expect(currency).toMatch(/^[A-Z]{3}$/);
    expect(parseDictionary(String(headers["cache-control"])).get("no-store")).toBeDefined();
  });

  test("an unpaid request to a page in another form gets no content", async () => {
    for (const path of [
      "/priced/index.md",
      "/priced/page.md",
      "/PRICED/a",
      "/priced/./a",
      "/priced//a",
    ]) {
      const { status, body } = await send(proxy.url + path);
      expect(body.toString()).not.toContain("Content that has a price");
      expect([path, status]).not.toEqual([path, 200]);
    }
  });
});
