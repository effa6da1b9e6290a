import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, type RequestOptions } from "../support/client.ts";
import { startKv, type TestKv } from "../support/kv.ts";
import { sendRaw } from "../support/raw.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const TOKEN = "the-token-of-the-operator";
const bearer = { authorization: `Bearer ${TOKEN}` };
const rules = { defaults: { markdown: true, documents: true, cache: { after: 100 } } };

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a purge on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  const post = (body: string | object, options: RequestOptions = {}) =>
    send(`${proxy.url}/.wayleave/purge`, {
      method: "POST",
      headers: bearer,
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...options,
    });
  const page = (path: string, text: string): void =>
    void origin.routes.set(path, (_request, response) => {
      response.writeHead(200, { "content-type": "text/html", "cache-control": "max-age=600" });
      response.end(`<h1>${text}</h1>`);
    });
  const markdown = async (path: string): Promise<string> =>
    (await send(`${proxy.url}${path}`, { headers: { accept: "text/markdown" } })).body.toString();
  /** Keeping goes on behind the answer: until it is served again without the origin. */
  const kept = async (path: string): Promise<void> => {
    for (;;) {
      const { headers } = await send(proxy.url + path, { headers: { accept: "text/markdown" } });
      if (headers["cache-status"] !== undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  beforeAll(async () => {
    origin = await startOrigin();
    proxy = await RUNTIMES[runtime]({ origin: origin.url, rules, purgeToken: TOKEN });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  it("of a URL removes its stored responses, and nothing else", async () => {
    page("/one/", "Before");
    page("/two/", "Before");
    await kept("/one/");
    await kept("/two/");
    page("/one/", "After");
    page("/two/", "After");
    expect(await markdown("/one/")).toContain("# Before");
    const { status, headers, body } = await post({ url: `${proxy.url}/one/` });
    expect(status).toBe(200);
    expect(headers["cache-control"]).toBe("no-store");
    const answer = JSON.parse(body.toString()) as { purged: object; everywhereBy: string };
    expect(answer.purged).toEqual({ kind: "url", url: `${proxy.url}/one/` });
    expect(Date.parse(answer.everywhereBy)).toBeGreaterThan(Date.now());
    expect(await markdown("/one/")).toContain("# After");
    expect(await markdown("/two/")).toContain("# Before");
    await kept("/one/");
  });

  it("of all removes everything that is stored", async () => {
    for (const path of ["/three/", "/four/?q=1"]) {
      page(path.split("?")[0] ?? "", "Before");
      await kept(path);
      page(path.split("?")[0] ?? "", "After");
    }
    expect((await post({ all: true })).status).toBe(200);
    expect(await markdown("/three/")).toContain("# After");
    expect(await markdown("/four/?q=1")).toContain("# After");
  });

  it("of a page overtakes the answer that is on its way", async () => {
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => {
      origin.routes.set("/late/", (_request, response) => {
        answer = () => {
          response.writeHead(200, { "content-type": "text/html", "cache-control": "max-age=600" });
          response.end("<h1>Before</h1>");
        };
        resolve();
      });
    });
    const late = markdown("/late/");
    await asked;
    await post({ url: `${proxy.url}/late/` });
    answer();
    expect(await late).toContain("# Before");
    page("/late/", "After");
    // What was kept of it, if anything, is of the generation before.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await markdown("/late/")).toContain("# After");
  });

  it("of /llms.txt makes the proxy list the site's pages again", async () => {
    const listed = (path: string): void => {
      page(path, `Page ${path} ${"with words enough to be listed ".repeat(20)}`);
      origin.routes.set("/sitemap.xml", (_request, response) => {
        response.writeHead(200, { "content-type": "application/xml" });
        const at = `<url><loc>${proxy.url}${path}</loc></url>`;
        response.end(`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${at}</urlset>`);
      });
    };
    const llms = async (): Promise<string> => (await send(`${proxy.url}/llms.txt`)).body.toString();
    listed("/before/");
    expect(await llms()).toContain("/before/");
    listed("/after/");
    expect(await llms()).not.toContain("/after/");
    await post({ url: `${proxy.url}/llms.txt` });
    expect(await llms()).toContain("/after/");
    listed("/last/");
    await post({ all: true });
    expect(await llms()).toContain("/last/");
  });

  it("is in the log, without the token", async () => {
    await post({ group: "/assets/app.*.js" });
    await post({ all: true }, { headers: { authorization: "Bearer another-secret-of-someone" } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const log = proxy.log.join("\n");
    expect(log).toContain('"event":"purged","kind":"group","group":"/assets/app.*.js"');
    expect(log).not.toContain(TOKEN);
    expect(log).not.toContain("another-secret");
  });

  it.each([
    [{}, 'Bearer realm="wayleave"'],
    [{ authorization: "Bearer wrong" }, 'Bearer realm="wayleave", error="invalid_token"'],
    [{ authorization: `Bearer ${TOKEN}x` }, 'Bearer realm="wayleave", error="invalid_token"'],
    [
      { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
      'Bearer realm="wayleave", error="invalid_token"',
    ],
    [
      { authorization: `Bearer ${TOKEN}${TOKEN}` },
      'Bearer realm="wayleave", error="invalid_token"',
    ],
    [{ authorization: `Basic ${TOKEN}` }, 'Bearer realm="wayleave", error="invalid_token"'],
    [{ authorization: "Bearer" }, 'Bearer realm="wayleave", error="invalid_token"'],
  ])("is refused to whoever shows %j", async (headers, challenge) => {
    const refused = await post({ all: true }, { headers });
    expect(refused.status).toBe(401);
    expect(refused.headers["www-authenticate"]).toBe(challenge);
    expect(refused.headers["content-type"]).toBe("application/problem+json");
    expect(refused.headers["cache-control"]).toBe("no-store");
  });

  it.each([
    "",
    "nonsense",
    "null",
    "[]",
    "{}",
    '{"all":false}',
    '{"all":true,"group":"/a"}',
    '{"group":""}',
    '{"group":1}',
    '{"url":"/one/"}',
    '{"everything":true}',
  ])("is refused with %j", async (body) => {
    expect((await post(body)).status).toBe(400);
  });

  it("is refused for another site, in another method, or at great length", async () => {
    expect((await post({ url: "https://elsewhere.example/" })).status).toBe(403);
    const read = await post("", { method: "PUT" });
    expect(read.status).toBe(405);
    expect(read.headers["allow"]).toBe("POST");
    expect((await post(`{"all":true${" ".repeat(9000)}}`)).status).toBe(413);
  });
});

describe("our own endpoints on node", () => {
  it.each([
    ["that waits for 100", "POST /.wayleave/purge", "Expect: 100-continue\r\n"],
    ["in absolute form", "POST http://x.example/.wayleave/purge", ""],
    ["in upper case", "POST HTTP://x.example/.wayleave/purge", ""],
    ["to upgrade", "GET /.wayleave/purge", "Connection: Upgrade\r\nUpgrade: websocket\r\n"],
  ])("keep a request %s, with its token, from the site", async (_how, line, fields) => {
    const origin = await startOrigin();
    const proxy = await RUNTIMES.node({ origin: origin.url, rules, purgeToken: TOKEN });
    const isPost = line.startsWith("POST");
    const content = isPost ? 'Content-Length: 12\r\n\r\n{"all":true}' : "\r\n";
    const head = `${line} HTTP/1.1\r\nHost: x.example\r\nAuthorization: Bearer ${TOKEN}\r\n`;
    const got = await sendRaw(proxy.url, head + fields + content, { until: /\r\n\r\n[^]*\}/ });
    expect(got).toMatch(isPost ? /HTTP\/1\.1 (?:200|400) / : /HTTP\/1\.1 405 /);
    expect(origin.requests).toHaveLength(0);
    await proxy.close();
    await origin.close();
  });
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("on %s without a token", (runtime) => {
  it("no client may purge, and no response shows that one could", async () => {
    const origin = await startOrigin();
    const proxy = await RUNTIMES[runtime]({ origin: origin.url, rules });
    const at = `${proxy.url}/.wayleave`;
    const options = { method: "POST", headers: { authorization: "Bearer x" }, body: "{}" };
    const refused = await send(`${at}/purge`, options);
    const unknown = await send(`${at}/unknown`, options);
    expect(refused.status).toBe(404);
    expect(refused.body.equals(unknown.body)).toBe(true);
    await proxy.close();
    await origin.close();
  });
});

describe("Workers that share one KV", () => {
  let origin: TestOrigin;
  let kv: TestKv;
  const proxies: Proxy[] = [];

  const version = async ({ url }: Proxy): Promise<string> =>
    (await send(`${url}/page/`, { headers: { accept: "text/markdown", host: "x.example" } })).body
      .toString()
      .trim();

  beforeAll(async () => {
    origin = await startOrigin();
    kv = await startKv();
    for (const _ of [1, 2]) {
      const options = {
        origin: origin.url,
        rules: { ...rules, publicOrigin: "https://x.example" },
      };
      proxies.push(await RUNTIMES.workerd({ ...options, purgeToken: TOKEN, kv: kv.url }));
    }
  });

  afterAll(async () => {
    for (const proxy of proxies) await proxy.close();
    await kv?.close();
    await origin?.close();
  });

  it("all learn of a purge, and none loses it while KV hangs", async () => {
    const [one, two] = proxies as [Proxy, Proxy];
    let text = "Before";
    origin.routes.set("/page/", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html", "cache-control": "max-age=600" });
      response.end(`<h1>${text}</h1>`);
    });
    expect(await version(two)).toContain("# Before");
    await until(async () => (await version(two)).includes("# Before"));
    text = "After";
    const { status } = await send(`${one.url}/.wayleave/purge`, {
      method: "POST",
      headers: bearer,
      body: JSON.stringify({ url: "https://x.example/page/" }),
    });
    expect(status).toBe(200);
    expect(kv.entries.get("generations")).toContain("https://x.example/page");
    await until(async () => (await version(two)).includes("# After"));
    kv.mode = "hangs";
    expect(await version(one)).toContain("# After");
    expect(await version(two)).toContain("# After");
    const third = await send(`${one.url}/.wayleave/purge`, {
      method: "POST",
      headers: bearer,
      body: JSON.stringify({ all: true }),
    });
    expect(third.status).toBe(503);
    kv.mode = "works";
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}
