// Refusals by rule: in each representation, with each status, and whom they concern.
import { Parser } from "commonmark";
import { parseHTML } from "linkedom";
import { fromMarkdown } from "mdast-util-from-markdown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseLinks } from "../../src/http/link.ts";
import { send, type RawResponse } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

/** A message that is markup in HTML and in markdown. */
const MESSAGE =
  '1. <script>alert("1")</script> & [us](javascript:x) *now* _or_ `never` ![i](x) <b>a</b> | ~~b~~ \\';
const CONTACT = "o'brien+bots&more@example.com";
const LICENSE = "https://example.com/license?a='1'&b=<2>#(c)";
const HREF = "https://example.com/license?a=%271%27&b=%3C2%3E#(c)";
const MAILTO = "mailto:o'brien%2Bbots%26more@example.com";

const STATUSES = [401, 403, 404, 410, 429, 451] as const;
const bot = (name: string, more: object) => ({
  name,
  tokens: [name],
  operator: name,
  category: "AI Crawler",
  ...more,
});

const rules = {
  agents: {
    trustedProxyHops: 1,
    bots: [
      bot("WholeBot", { ipRanges: ["192.0.2.0/24"], ipRangesComplete: true }),
      bot("PartlyBot", { ipRanges: ["192.0.2.0/24"] }),
      bot("Both", { behaviours: ["Search", "Training"] }),
      bot("Trainer", { behaviours: ["Training"] }),
    ],
    countryField: "x-country",
  },
  defaults: { cache: { after: 1 }, markdown: true },
  rules: [
    { name: "impostors", match: { agent: { verdict: "spoofed" } }, access: { action: "block" } },
    {
      name: "notice",
      match: { path: "/notice", agent: { name: "GPTBot" } },
      access: { action: "block", message: MESSAGE, contact: CONTACT, license: LICENSE },
    },
    {
      name: "challenge",
      match: { path: "/challenged" },
      access: { action: "challenge", message: MESSAGE, contact: CONTACT, license: LICENSE },
    },
    {
      name: "limit",
      match: { path: "/limited" },
      access: {
        action: "limit",
        requests: 1,
        per: "1h",
        message: MESSAGE,
        contact: CONTACT,
        license: LICENSE,
      },
    },
    ...STATUSES.map((status) => ({
      name: `with ${status}`,
      match: { path: `/with/${status}`, agent: { name: "GPTBot" } },
      access: {
        action: "block",
        status,
        ...(status === 401 ? { authenticate: 'License realm="archive"' } : {}),
        ...(status === 451 ? { message: "A court demands it." } : {}),
      },
    })),
    {
      name: "address",
      match: { path: "/from/*", agent: { address: ["203.0.113.0/25", "2001:db8::/32"] } },
      access: { action: "block" },
    },
    {
      name: "country",
      match: { path: "/in/*", agent: { country: "de" } },
      access: { action: "block" },
    },
    {
      name: "training",
      match: { path: "/book/*", agent: { behaviour: "Training" } },
      access: { action: "block" },
    },
    { name: "watched", match: { path: "/watched" }, access: { action: "block", mode: "observe" } },
    {
      name: "GPTBot",
      match: { agent: { name: "GPTBot" } },
      access: { action: "block", contact: "https://example.com/us" },
    },
  ],
};

const GPTBOT = { "user-agent": "Mozilla/5.0 (compatible; GPTBot/1.3)" };

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a block, on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    origin.missing = (request, response) => {
      const type = /\.(?:txt|xml)$/.test(request.url ?? "") ? "text/plain" : "text/html";
      response.writeHead(200, { "content-type": type, "cache-control": "public, max-age=600" });
      response.end(`<title>p</title><p>the page ${request.url}</p>`);
    };
    proxy = await RUNTIMES[runtime]({ origin: origin.url, rules });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    send(`${proxy.url}${path}`, { method, headers: { ...GPTBOT, ...headers } });
  const as = (name: string, from = "198.51.100.7") => ({
    "user-agent": `Mozilla/5.0 (compatible; ${name}/1.0)`,
    "x-forwarded-for": from,
  });
  const named = (lines: string | readonly string[]) =>
    get("/book/1", { "user-agent": lines as string, "x-forwarded-for": "198.51.100.7" });

  it.each([
    ["Googlebot GPTBot"],
    ["Mozilla/5.0 (compatible; Googlebot/2.1; CCBot/2.0)"],
    ["ChatGPT-User/1.0 GPTBot/1.3"],
    [["Googlebot/2.1", "CCBot/2.0"]],
    [["CCBot/2.0", "Googlebot/2.1"]],
    [["Mozilla/5.0", "CCBot/2.0"]],
  ])("refuses each bot that the User-Agent names: %s", async (lines) => {
    expect((await named(lines)).status).toBe(403);
  });

  it.each([
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Googlebot/2.1 bingbot/2.0",
    "TelegramBot (like CCBot)",
    "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "DuckAssistBot/1.2; (+https://example.com/ccbot)",
  ])("admits agents that no rule refuses by any of their names: %s", async (line) => {
    expect((await named(line)).status).toBe(200);
  });

  it.each([
    "/book%09/1",
    "/bo%0Aok/1",
    "/bo%C2%ADok/1",
    "/bo%E2%80%8Bok/1",
    "/%EF%BC%8Fbook/1",
    "/%EF%BD%82ook/1",
    "/x/..%EF%BC%8Fbook/1",
    "/b%C3%B3ok/1",
    "/bo%FFok/1",
    "/bo%00ok/1",
    "/bo%2500ok/1",
    "/%uFF42ook/1",
  ])("refuses a path that some origin server reads as a refused one: %s", async (path) => {
    expect((await get(path, as("Trainer"))).status).toBe(403);
  });

  it("refuses an impostor by any of the names that its address refutes", async () => {
    const from = { ...as("Both; WholeBot", "198.51.100.7") };
    expect((await get("/other", from)).status).toBe(403);
    expect((await get("/other", { ...from, "x-forwarded-for": "192.0.2.7" })).status).toBe(200);
  });

  const linksOf = ({ link }: RawResponse["headers"]) =>
    parseLinks([link ?? []].flat().join(", ")).map(({ rel, href }) => [rel.join(" "), href]);
  const LINKS = [
    ["help", MAILTO],
    ["license", HREF],
  ];

  it("is a problem document in JSON", async () => {
    for (const accept of [undefined, "*/*", "application/json", "application/problem+json"]) {
      const { status, headers, body } = await get("/notice", accept ? { accept } : {});
      expect(status).toBe(403);
      expect(headers["content-type"]).toBe("application/problem+json");
      expect(JSON.parse(body.toString())).toEqual({
        type: "/.wayleave/problems/access-refused",
        title: "Access to this page is refused",
        status: 403,
        detail: MESSAGE,
        contact: MAILTO,
        license: HREF,
      });
      expect(headers["cache-control"]).toBe("private, no-store");
      expect(headers.vary).toBe("Accept");
      expect(linksOf(headers)).toEqual(LINKS);
    }
  });

  it("is a page in HTML, in which the message is text", async () => {
    const { status, headers, body } = await get("/notice", { accept: "text/html,*/*;q=0.8" });
    expect(status).toBe(403);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    const { document } = parseHTML(body.toString());
    expect(document.querySelector("p")?.textContent).toBe(MESSAGE);
    expect(document.querySelectorAll("script, b, img, em").length).toBe(0);
    const links = [...document.querySelectorAll("a")].map((a) => [
      a.getAttribute("rel"),
      a.getAttribute("href"),
    ]);
    expect(links).toEqual(LINKS);
    expect(linksOf(headers)).toEqual(LINKS);
  });

  it("is markdown, in which the message is text", async () => {
    const { status, headers, body } = await get("/notice", { accept: "text/markdown" });
    expect(status).toBe(403);
    expect(headers["content-type"]).toBe("text/markdown; charset=utf-8");
    expect(fromMarkdown(body.toString()).children).toMatchObject([
      { type: "heading", depth: 1 },
      { type: "paragraph", children: [{ type: "text", value: MESSAGE }] },
      { type: "paragraph", children: [{ type: "link", url: MAILTO }] },
      { type: "paragraph", children: [{ type: "link", url: HREF }] },
    ]);
    // Another parser sees no markup in the message either.
    const kinds = new Set<string>();
    const walker = new Parser().parse(body.toString()).walker();
    for (let step = walker.next(); step !== null; step = walker.next()) kinds.add(step.node.type);
    expect([...kinds].toSorted()).toEqual(["document", "heading", "link", "paragraph", "text"]);
  });

  it.each([
    ["challenged", 403],
    ["limited", 429],
  ])("has its notice in common with other refusals: %s", async (path, code) => {
    await get(`/${path}`);
    const json = await get(`/${path}`);
    expect(json.status).toBe(code);
    expect(JSON.parse(json.body.toString())).toMatchObject({
      status: code,
      detail: expect.stringContaining(MESSAGE) as string,
      contact: MAILTO,
      license: HREF,
    });
    expect(linksOf(json.headers)).toEqual(LINKS);
    expect(json.headers["cache-control"]).toBe("private, no-store");
    const { body } = await get(`/${path}`, { accept: "text/html" });
    const { document } = parseHTML(body.toString());
    expect(document.querySelector("p")?.textContent).toContain(MESSAGE);
    expect(document.querySelectorAll("script, b, img, em").length).toBe(0);
  });

  it("has no content for HEAD, and the fields of GET", async () => {
    for (const accept of ["text/html", "text/markdown", "application/json"]) {
      const whole = await get("/notice", { accept });
      const { status, headers, body } = await get("/notice", { accept }, "HEAD");
      expect(status).toBe(403);
      expect(body.length).toBe(0);
      for (const name of ["content-type", "cache-control", "vary", "link"]) {
        expect(headers[name]).toEqual(whole.headers[name]);
      }
    }
  });

  it.each(STATUSES)("has the status %i if the rule says so", async (code) => {
    const { status, headers, body } = await get(`/with/${code}`);
    expect(status).toBe(code);
    expect(JSON.parse(body.toString())).toMatchObject({ status: code });
    expect(headers["cache-control"]).toBe("private, no-store");
    expect(headers["www-authenticate"]).toBe(code === 401 ? 'License realm="archive"' : undefined);
    // RFC 7725 §4
    expect(linksOf(headers)).toEqual(code === 451 ? [["blocked-by", `${proxy.url}/`]] : []);
  });

  it("asks neither the origin server nor the cache", async () => {
    const browser = { "user-agent": "Mozilla/5.0" };
    await send(`${proxy.url}/cached`, { headers: browser });
    const again = await send(`${proxy.url}/cached`, { headers: browser });
    expect(again.headers["cache-status"]).toContain("hit");
    const before = origin.requests.length;
    for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) {
      const { status, headers } = await get("/cached", {}, method);
      expect({ method, status }).toEqual({ method, status: 403 });
      expect(headers["cache-status"]).toBeUndefined();
      expect(headers.age).toBeUndefined();
    }
    expect(origin.requests.length).toBe(before);
  });

  it("spares no form of a page, and no spelling of its path", async () => {
    for (const path of [
      "/page",
      "/page/index.md",
      "/page.md",
      "/llms-full.txt",
      "/%70age",
      "//page",
      "/x/../page",
    ]) {
      expect({ path, status: (await get(path)).status }).toEqual({ path, status: 403 });
      const markdown = await get(path, { accept: "text/markdown" });
      expect({ path, status: markdown.status }).toEqual({ path, status: 403 });
    }
  });

  it("spares the documents that tell crawlers what they may read", async () => {
    for (const path of [
      "/robots.txt",
      "/llms.txt",
      "/docs/llms.txt",
      "/.well-known/security.txt",
      "/sitemap.xml",
    ]) {
      expect({ path, status: (await get(path)).status }).toEqual({ path, status: 200 });
    }
    origin.routes.set("/app/llms.txt", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<p>an application</p>");
    });
    expect((await get("/app/llms.txt")).status).toBe(403);
  });

  it("concerns a bot whose signature is refuted, and those who only claim its name", async () => {
    expect((await get("/page")).status).toBe(403);
    const { status } = await get("/page", {
      signature: "sig1=:AAAA:",
      "signature-input": 'sig1=("@authority");created=1;expires=2;keyid="x";tag="web-bot-auth"',
      "signature-agent": '"https://signer.example"',
    });
    expect(status).toBe(403);
    expect((await send(`${proxy.url}/page`, { headers: as("Mozilla") })).status).toBe(200);
  });

  it("refuses impostors in one line", async () => {
    const status = async (name: string, from?: string) =>
      (await send(`${proxy.url}/page`, { headers: as(name, from) })).status;
    expect(await status("WholeBot")).toBe(403);
    expect(await status("WholeBot", "192.0.2.9")).toBe(200);
    expect(await status("WholeBot", "10.0.0.1")).toBe(200);
    expect(await status("PartlyBot")).toBe(200);
    // A refuted signature does not evade the rule.
    const signed = await send(`${proxy.url}/page`, {
      headers: {
        ...as("WholeBot"),
        signature: "sig1=:AAAA:",
        "signature-input": 'sig1=("@authority");created=1;expires=2;keyid="x";tag="web-bot-auth"',
        "signature-agent": '"https://signer.example"',
      },
    });
    expect(signed.status).toBe(403);
  });

  it("concerns clients by their address and country", async () => {
    const status = async (path: string, headers: Record<string, string>) =>
      (await send(`${proxy.url}${path}`, { headers })).status;
    expect(await status("/from/x", { "x-forwarded-for": "203.0.113.9" })).toBe(403);
    expect(await status("/from/x", { "x-forwarded-for": "203.0.113.129" })).toBe(200);
    expect(await status("/from/x", { "x-forwarded-for": "2001:db8::9" })).toBe(403);
    expect(await status("/from/x", { "x-forwarded-for": "::ffff:203.0.113.9" })).toBe(403);
    expect(await status("/in/x", { "x-country": "DE" })).toBe(403);
    expect(await status("/in/x", { "x-country": "FR" })).toBe(200);
    expect(await status("/in/x", { "x-country": "DE, FR" })).toBe(200);
    expect(await status("/in/x", {})).toBe(200);
  });

  it("against training spares bots that search, too", async () => {
    const status = async (name: string) =>
      (await send(`${proxy.url}/book/1`, { headers: as(name) })).status;
    expect(await status("Trainer")).toBe(403);
    expect(await status("Both")).toBe(200);
  });

  it("changes nothing in observe mode", async () => {
    const { status, headers } = await send(`${proxy.url}/watched`, { headers: as("GPTBot") });
    expect(status).toBe(200);
    expect(headers["cache-control"]).toBe("public, max-age=600");
  });
});
