import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open, send } from "../../support/client.ts";
import { RUNTIMES, type RuntimeName } from "../../support/runtimes.ts";
import { PUBLIC } from "./cases.ts";
import { startSite, type TestSite } from "./site.ts";

const TOKEN = "a-token-of-more-than-20-characters";
const HEAD = "<!doctype html><html><head><title>t</title>";
const html = (canonical: string): string =>
  `${HEAD}<link rel="canonical" href="${canonical}"></head><body>text</body></html>`;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("canonical redirects on %s", (runtime) => {
  let site: TestSite;

  beforeAll(async () => {
    const rules = {
      defaults: { canonicalRedirect: true, markdown: { pathMd: true } },
      rules: [
        { name: "watched", match: { path: "/watched/*" }, canonicalRedirect: "observe" },
        {
          name: "guarded",
          match: { path: "/guarded/*" },
          canonicalRedirect: { sharedCaches: "bypass", maxAge: "1m" },
        },
        {
          name: "few",
          match: { path: "/few/*" },
          canonicalRedirect: { valve: { sources: 3, share: 0 } },
        },
      ],
    };
    site = await startSite(runtime, rules, { adminToken: TOKEN });
    for (const path of ["/new/", "/docs/next"]) serve(path, html(path));
  });
  afterAll(() => site?.close());

  function serve(path: string, content: string | Buffer, fields: object = {}): void {
    site.origin.routes.set(path, (request, response) => {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...fields });
      response.end(request.method === "HEAD" ? undefined : content);
    });
  }

  /** How often the origin server was asked for a path. */
  const asked = (path: string): number =>
    site.origin.requests.filter(({ url }) => url === path).length;

  it("answers the second crawler without the origin server", async () => {
    serve("/remembered/", html("/new/"));
    for (let i = 0; i < 3; i++) {
      const got = await site.crawl("/remembered/");
      expect(got.headers["location"]).toBe(`${PUBLIC}/new/`);
    }
    expect(asked("/remembered/")).toBe(1);
    expect((await send(`${site.proxy.url}/remembered/`)).status).toBe(200);
  });

  it.each([
    ["is missing", 404, {}],
    ["is gone", 410, {}],
    ["fails", 500, {}],
    ["is refused", 403, {}],
    ["redirects elsewhere", 302, { location: "/" }],
    ["is not to be indexed", 200, { "x-robots-tag": "noindex" }],
  ])("sends the page if the canonical %s, on each visit", async (what, status, fields) => {
    const name = what.replaceAll(" ", "-");
    serve(`/lost/${name}/`, html(`/target/${name}/`));
    site.origin.routes.set(`/target/${name}/`, (_request, response) => {
      response.writeHead(status, { "content-type": "text/html", ...fields }).end("no page");
    });
    for (let visit = 0; visit < 3; visit++) {
      const got = await site.crawl(`/lost/${name}/`);
      expect([got.status, got.body.toString()]).toEqual([200, html(`/target/${name}/`)]);
    }
    expect(asked(`/target/${name}/`)).toBe(1);
  });

  it("waits for the answer about the canonical, but not long: then the next visit is redirected", async () => {
    serve("/patient/", html("/slow-target/"));
    let answer = (): void => {};
    site.origin.routes.set("/slow-target/", (_request, response) => {
      answer = () => response.writeHead(200, { "content-type": "text/html" }).end("<p>Slow.");
    });
    const start = performance.now();
    const first = await site.crawl("/patient/");
    expect([first.status, first.body.toString()]).toEqual([200, html("/slow-target/")]);
    expect(performance.now() - start).toBeGreaterThan(450);
    answer();
    await expect.poll(async () => (await site.crawl("/patient/")).status).toBe(301);
    expect(asked("/slow-target/")).toBe(1);
  });

  it("sends the page if the canonical is an error page with status 200", async () => {
    const error = (path: string) => `<title>Oops</title><p>There is no page ${path} on this site.`;
    for (const path of ["/soft/old/", "/soft/other/"]) serve(path, html(`/soft/404-target/`));
    site.origin.routes.set("/soft/404-target/", (request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end(error(request.url ?? ""));
    });
    site.origin.missing = (request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end(error(request.url ?? ""));
    };
    for (const path of ["/soft/old/", "/soft/other/", "/soft/old/"]) {
      expect((await site.crawl(path)).status).toBe(200);
    }
    serve("/soft/real/", html("/soft/good/"));
    serve("/soft/good/", "<title>Good</title><p>The text of a page that there is.");
    expect((await site.crawl("/soft/real/")).headers["location"]).toBe(`${PUBLIC}/soft/good/`);
    site.origin.missing = undefined;
  });

  it("redirects no crawler to a target that many unlike pages name, and tells the operator", async () => {
    const page = (name: string) =>
      `<title>${name}</title><link rel="canonical" href="/few/home/"></head><p>${`${name} `.repeat(40)}`;
    for (const name of ["home", "alder", "birch", "cedar"]) serve(`/few/${name}/`, page(name));
    for (const [name, status] of [
      ["alder", 301],
      ["birch", 301],
      ["cedar", 200],
      ["alder", 200],
      ["birch", 200],
    ] as const) {
      expect((await site.crawl(`/few/${name}/`)).status, name).toBe(status);
    }
    const headers = { authorization: `Bearer ${TOKEN}` };
    const ready = await send(`${site.proxy.url}/.wayleave/ready`, { headers });
    expect(JSON.parse(ready.body.toString())).toMatchObject({
      valves: [{ target: `${PUBLIC}/few/home/`, sources: 3 }],
    });
    const open = await send(`${site.proxy.url}/.wayleave/ready`);
    expect(open.body.toString()).not.toContain("valves");
    await expect.poll(() => site.proxy.log.join("\n")).toContain("canonical-valve-open");
  });

  it("answers HEAD by a GET that it breaks off after the head", async () => {
    let closed: Promise<unknown> | undefined;
    site.origin.routes.set("/head/", (request, response) => {
      expect(request.method).toBe("GET");
      closed = once(response, "close");
      response.writeHead(200, { "content-type": "text/html" });
      response.write(html("/new/"));
      const timer = setInterval(() => response.write("more ".repeat(1000)), 5);
      response.on("close", () => clearInterval(timer));
    });
    const got = await site.crawl("/head/", { method: "HEAD" });
    expect([got.status, got.headers["location"]]).toEqual([301, `${PUBLIC}/new/`]);
    await closed;
  });

  it("answers the HEAD of a page that stays with the fields of the page", async () => {
    const content = html("/head-stays/");
    serve("/head-stays/", content, { "content-length": content.length, etag: '"1"' });
    for (const method of ["GET", "HEAD"]) {
      const got = await site.crawl("/head-stays/", { method: "HEAD" });
      expect(got.status).toBe(200);
      expect(got.headers["etag"]).toBe('"1"');
      expect(got.headers["content-length"]).toBe(String(content.length));
      expect(got.body.length).toBe(0);
      // Once the page is known to stay, HEAD is enough.
      expect(site.origin.requests.at(-1)?.method).toBe(method);
    }
  });

  it("leaves a HEAD of any other client a HEAD", async () => {
    serve("/head-human/", html("/new/"));
    expect((await send(`${site.proxy.url}/head-human/`, { method: "HEAD" })).status).toBe(200);
    expect(site.origin.requests.at(-1)?.method).toBe("HEAD");
  });

  it.each([
    ["plain", undefined],
    ["gzip", "gzip"],
  ])("sends the first byte of a page while the origin is sending (%s)", async (_how, coding) => {
    const path = `/slow-${coding}/`;
    const first = html(path).replace("</body></html>", "");
    const whole = Buffer.from(`${first}${"rest ".repeat(4000)}`);
    const bytes = coding === undefined ? whole : gzipSync(whole, { level: 0 });
    let finish = (): void => {};
    site.origin.routes.set(path, (_request, response) => {
      const fields = coding === undefined ? {} : { "content-encoding": coding };
      response.writeHead(200, { "content-type": "text/html", ...fields });
      response.write(bytes.subarray(0, first.length + 100));
      finish = () => response.end(bytes.subarray(first.length + 100));
    });
    const headers = { ...(await site.sign(path)), "accept-encoding": "gzip" };
    const response = await open(site.proxy.url + path, { headers });
    const [piece] = (await once(response, "data")) as [Buffer];
    const pieces = [piece];
    response.on("data", (more: Buffer) => pieces.push(more));
    finish();
    await once(response, "end");
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  it("redirects before the origin has sent more than the head", async () => {
    let finish = (): void => {};
    site.origin.routes.set("/slow-old/", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.write(`${HEAD}<link rel=canonical href=/new/></head>`);
      finish = () => response.end("<body>late</body>");
    });
    const got = await site.crawl("/slow-old/");
    expect(got.headers["location"]).toBe(`${PUBLIC}/new/`);
    finish();
  });

  it("ends a loop of any length, for a crawler that follows", async () => {
    for (let i = 0; i < 4; i++) serve(`/ring/${i}`, html(`/ring/${(i + 1) % 4}`));
    let at = "/ring/0";
    let hops = 0;
    for (; hops < 10; hops++) {
      const { status, headers } = await site.crawl(at);
      if (status === 200) break;
      at = new URL(headers["location"] ?? "").pathname;
    }
    expect(hops).toBeLessThan(5);
    for (let i = 0; i < 4; i++) expect((await site.crawl(`/ring/${i}`)).status).toBe(200);
  });

  it("redirects a request for markdown to the canonical's markdown, from memory too", async () => {
    serve("/manual/", html("/new/"));
    for (let i = 0; i < 2; i++) {
      const got = await site.crawl("/manual/index.md");
      expect(got.headers["location"]).toBe(`${PUBLIC}/new/index.md`);
    }
    expect(asked("/manual/")).toBe(1);
    expect((await site.crawl("/manual/")).headers["location"]).toBe(`${PUBLIC}/new/`);
    expect(asked("/manual/")).toBe(1);
    serve("/docs/page", html("/docs/next"));
    for (const [path, to] of [
      ["/docs/page.md", "/docs/next.md"],
      ["/docs/page.md", "/docs/next.md"],
      ["/docs/page", "/docs/next"],
    ] as const) {
      expect((await site.crawl(path)).headers["location"]).toBe(PUBLIC + to);
    }
    const human = await send(`${site.proxy.url}/manual/index.md`);
    expect(human.headers["content-type"]).toBe("text/markdown; charset=utf-8");
  });

  it("changes nothing if the rules only observe", async () => {
    serve("/watched/", html("/new/"), { "cache-control": "public, max-age=9", etag: '"w"' });
    for (let i = 0; i < 2; i++) {
      const got = await site.crawl("/watched/", { headers: { "accept-encoding": "zstd, gzip" } });
      expect(got.status).toBe(200);
      expect(got.headers["cache-control"]).toBe("public, max-age=9");
      expect(got.body.toString()).toBe(html("/new/"));
      expect(site.origin.requests.at(-1)?.headers["accept-encoding"]).toBe("zstd, gzip");
    }
    const conditional = { headers: { "if-none-match": '"w"' } };
    await site.crawl("/watched/", conditional);
    expect(site.origin.requests.at(-1)?.headers["if-none-match"]).toBe('"w"');
  });

  it("logs each client, the address that it was or would be redirected to, and why not", async () => {
    serve("/watched/told/", html("/new/"));
    serve("/told/", html("https://other.example/"));
    for (const path of ["/watched/told/", "/told/", "/remembered/"]) await site.crawl(path);
    await expect.poll(() => site.proxy.log.join("\n")).toContain("/told/");
    const events = site.proxy.log
      .flatMap((text) => text.split("\n"))
      .filter((line) => line.includes('"canonical-redirect"') && line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, string>);
    const of = (path: string) => events.findLast(({ from }) => from === PUBLIC + path);
    expect(of("/watched/told/")).toMatchObject({
      outcome: "would-redirect",
      agent: "DemoTrainer",
      to: `${PUBLIC}/new/`,
      source: "link-element",
      rule: "watched",
    });
    expect(of("/told/")).toMatchObject({
      outcome: "passed",
      reason: "canonical-cross-origin",
      named: "https://other.example/",
    });
    expect(of("/remembered/")).toMatchObject({ outcome: "redirected" });
  });

  it("makes pages private if the rule says so, and only then", async () => {
    const fields = {
      "cache-control": "public, max-age=600, s-maxage=900",
      "cdn-cache-control": "max-age=9",
    };
    serve("/guarded/old/", html("/new/"), fields);
    serve("/guarded/data.json", "{}", { ...fields, "content-type": "application/json" });
    serve("/open/", html("/new/"), fields);
    const page = await send(`${site.proxy.url}/guarded/old/`);
    expect(page.headers["cache-control"]).toBe("private, max-age=600");
    expect(page.headers["cdn-cache-control"]).toBe("no-store");
    expect(page.body.toString()).toBe(html("/new/"));
    const redirect = await site.crawl("/guarded/old/");
    expect(redirect.headers["cache-control"]).toBe("private, max-age=60");
    for (const path of ["/open/", "/guarded/data.json"]) {
      const got = await send(site.proxy.url + path);
      expect(got.headers["cache-control"], path).toBe(fields["cache-control"]);
    }
  });

  it("never names the agent in Vary", async () => {
    serve("/vary/", html("/new/"), { vary: "Accept-Encoding" });
    expect((await site.crawl("/vary/")).headers["vary"]).toBeUndefined();
    const got = await send(`${site.proxy.url}/vary/`);
    expect(got.headers["vary"]).toBe("Accept-Encoding, Accept");
  });
});
