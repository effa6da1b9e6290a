import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const site = new URL("../../fixtures/site/", import.meta.url);
const charsets = JSON.parse(readFileSync(new URL("_charsets.json", site), "utf8")) as Record<
  string,
  { readonly title: string; readonly text: readonly string[] }
>;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("stored markdown on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  /** A page whose origin answers 304 to its current tag. */
  const route = (path: string, fields: Record<string, string>, content = "Text."): void => {
    origin.routes.set(path, (request, response) => {
      const { etag } = fields;
      const held = etag !== undefined && request.headers["if-none-match"]?.includes(etag) === true;
      response.writeHead(held ? 304 : 200, { "content-type": "text/html", ...fields });
      response.end(held ? undefined : `<title>Kept</title><h1>Kept</h1><p>${content}</p>`);
    });
  };
  const get = (path: string, headers: Record<string, string> = {}) =>
    send(proxy.url + path, { headers });
  const times = (path: string): number => origin.requests.filter(({ url }) => url === path).length;

  beforeAll(async () => {
    origin = await startOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        defaults: { markdown: true, cache: { after: 100 } },
        rules: [{ name: "not kept", match: { path: "/not/*" }, markdown: { keepFor: false } }],
      },
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  it("is sent again without asking the origin while that one's answer is fresh", async () => {
    route("/fresh/", { "cache-control": "public, max-age=600", etag: '"f"', "x-of": "origin" });
    const first = await get("/fresh/index.md");
    const again = await hit("/fresh/index.md");
    expect(again.status).toBe(200);
    expect(again.body.equals(first.body)).toBe(true);
    expect(again.headers["etag"]).toBe('W/"f;wl=md"');
    expect(again.headers["x-of"]).toBe("origin");
    expect(again.headers["vary"]).toBe("Accept");
    expect(again.headers["link"]).toBe(first.headers["link"]);
    expect(Number(again.headers["age"])).toBeLessThan(600);
    const before = times("/fresh/");
    const accepting = await get("/fresh/", { accept: "text/markdown" });
    expect(accepting.headers["cache-status"]).toMatch(/^wayleave; hit; ttl=\d+$/);
    const head = await send(`${proxy.url}/fresh/index.md`, { method: "HEAD" });
    expect(head.headers["content-length"]).toBe(String(first.body.length));
    const held = await get("/fresh/index.md", { "if-none-match": '"x", W/"f;wl=md"' });
    expect(held.status).toBe(304);
    expect(held.headers["content-length"]).toBeUndefined();
    expect(held.body.length).toBe(0);
    expect(times("/fresh/")).toBe(before);
    // HTML is not what is kept.
    expect((await get("/fresh/")).headers["content-type"]).toBe("text/html");
  });

  it("is sent again once the origin confirms it, and made again once it does not", async () => {
    const fields = { "cache-control": "public, max-age=600", etag: '"c1"' };
    route("/checked/", fields);
    await get("/checked/index.md");
    await hit("/checked/index.md");
    const checked = await get("/checked/index.md", { "cache-control": "no-cache" });
    expect(checked.status).toBe(200);
    expect(checked.headers["cache-status"]).toMatch(/^wayleave; hit/);
    expect(origin.requests.at(-1)?.headers["if-none-match"]).toBe('"c1"');
    route("/checked/", { ...fields, etag: '"c2"' }, "Changed.");
    const changed = await get("/checked/index.md", { "cache-control": "no-cache" });
    expect(changed.body.toString()).toContain("Changed.");
    expect(changed.headers["etag"]).toBe('W/"c2;wl=md"');
  });

  it.each([
    ["private", { "cache-control": "private, max-age=600" }],
    ["no-store", { "cache-control": "no-store, max-age=600" }],
    ["without a lifetime", { etag: '"n"' }],
    ["with a cookie", { "cache-control": "max-age=600", "set-cookie": "a=b" }],
    ["varying on Cookie", { "cache-control": "max-age=600", vary: "Cookie" }],
  ])("is not made of an answer that is %s", async (why, fields) => {
    const path = `/never-${why.replaceAll(" ", "-")}/`;
    route(path, fields);
    for (let i = 0; i < 3; i++) {
      const got = await get(`${path}index.md`);
      expect(String(got.headers["cache-status"])).not.toContain("hit");
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(times(path)).toBe(3);
  });

  it("is not used for a request with a credential, nor if a rule stores nothing", async () => {
    route("/guarded/", { "cache-control": "public, max-age=600" });
    await get("/guarded/index.md");
    await hit("/guarded/index.md");
    const before = times("/guarded/");
    await get("/guarded/index.md", { authorization: "Basic eDp5" });
    expect(times("/guarded/")).toBe(before + 1);
    route("/not/kept/", { "cache-control": "public, max-age=600" });
    await get("/not/kept/index.md");
    await get("/not/kept/index.md");
    expect(times("/not/kept/")).toBe(2);
  });

  it("is dropped if the origin's confirmation is private", async () => {
    const fields = { "cache-control": "public, max-age=600", etag: '"p1"' };
    for (const [path, news] of [
      ["/cookie/", { "set-cookie": "session=alice" }],
      ["/private/", { "cache-control": "private, max-age=600" }],
    ] as const) {
      route(path, fields);
      await hit(`${path}index.md`);
      route(path, { ...fields, ...news });
      await get(`${path}index.md`, { "cache-control": "no-cache" });
      route(path, fields);
      const bob = await get(`${path}index.md`);
      expect(bob.headers["set-cookie"]).toBeUndefined();
      expect(String(bob.headers["cache-status"])).not.toContain("hit");
    }
  });

  it("is neither made of a page requested with cookies nor sent in its place", async () => {
    const fields = { "cache-control": "public, max-age=600", etag: '"k1"' };
    const cookie = { cookie: "session=alice" };
    route("/cookies/", fields, "Hello Alice.");
    for (let i = 0; i < 3; i++) await get("/cookies/index.md", cookie);
    await new Promise((resolve) => setTimeout(resolve, 100));
    route("/cookies/", fields, "Hello.");
    const anyone = await get("/cookies/index.md");
    expect(anyone.body.toString()).not.toContain("Alice");
    await hit("/cookies/index.md");
    expect(String((await get("/cookies/index.md", cookie)).headers["cache-status"])).not.toContain(
      "hit",
    );
  });

  it("is forgotten once a request has changed the page", async () => {
    const fields = { "cache-control": "public, max-age=600" };
    route("/changed/", fields);
    await get("/changed/index.md");
    await hit("/changed/index.md");
    route("/changed/", fields, "After.");
    await send(`${proxy.url}/changed/`, { method: "PUT", body: "x" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await get("/changed/index.md")).body.toString()).toContain("After.");
  });

  it("is used only for requests that the origin would answer alike", async () => {
    origin.routes.set("/tongues/", (request, response) => {
      response.writeHead(200, {
        "content-type": "text/html",
        "cache-control": "public, max-age=600",
        vary: "Accept-Language",
      });
      response.end(`<h1>${request.headers["accept-language"] ?? "none"}</h1>`);
    });
    await get("/tongues/index.md", { "accept-language": "de" });
    const same = await hit("/tongues/index.md", { "accept-language": "de" });
    expect(same.body.toString()).toContain("# de");
    const other = await get("/tongues/index.md", { "accept-language": "en" });
    expect(other.body.toString()).toContain("# en");
  });

  it.each(Object.keys(charsets))("reads a page in %s as its readers see it", async (name) => {
    const content = readFileSync(new URL(`charsets/${name}/index.html`, site));
    origin.routes.set(`/charsets/${name}/`, (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end(content);
    });
    const got = await get(`/charsets/${name}/index.md`);
    const markdown = got.body.toString();
    const { title, text } = charsets[name] as (typeof charsets)[string];
    expect(markdown).toContain(`title: ${JSON.stringify(title)}`.slice(0, -1));
    for (const line of text) expect(markdown.replaceAll("\\", "")).toContain(line);
  });

  /** Keeping goes on behind the answer: asks again, for at most five seconds. */
  async function hit(path: string, headers: Record<string, string> = {}) {
    const end = Date.now() + 5000;
    for (;;) {
      const got = await get(path, headers);
      if (String(got.headers["cache-status"]).includes("hit") || Date.now() > end) return got;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});
