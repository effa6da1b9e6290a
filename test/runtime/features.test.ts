import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateKeys, signMessage, type PrivateJwk } from "../../src/agent/web-bot-auth/index.ts";
import { nativeDcb } from "../../src/codecs/brotli-native.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { freePort, RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const versions = [1, 2].map((version) =>
  readFileSync(new URL(`../../fixtures/site/assets/app.v${version}.js`, import.meta.url)),
) as [Buffer, Buffer];

const html = (head: string): string =>
  `<!doctype html><html><head><title>Page</title>${head}</head><body><main><h1>Page</h1><p>Some text.</p></main></body></html>`;

const GPTBOT = "Mozilla/5.0 AppleWebKit/537.36; compatible; GPTBot/1.2; +https://openai.com/gptbot";
const GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("features on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  let key: PrivateJwk;

  /** Signs as the agent whose directory the origin serves through the proxy itself. */
  const signed = async (path: string, userAgent?: string): Promise<Record<string, string>> => {
    const url = proxy.url + path;
    const created = Math.floor(Date.now() / 1000);
    const fields = await signMessage({ method: "GET", url }, key, {
      agent: proxy.url,
      created,
      expires: created + 60,
    });
    return userAgent === undefined ? fields : { ...fields, "user-agent": userAgent };
  };

  const route = (path: string, type: string, content: string | Buffer, more: object = {}): void => {
    origin.routes.set(path, (request, response) => {
      const etag = (more as { etag?: string }).etag;
      if (etag !== undefined && request.headers["if-none-match"]?.includes(etag)) {
        response.writeHead(304, { ...more }).end();
        return;
      }
      response.writeHead(200, { "content-type": type, ...more });
      response.end(request.method === "HEAD" ? undefined : content);
    });
  };

  beforeAll(async () => {
    origin = await startOrigin();
    const made = await generateKeys();
    key = made.privateJwk;
    const port = await freePort();
    const agent = `http://127.0.0.1:${port}`;
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      port,
      rules: {
        agents: {
          bots: [
            bot("DemoTrainer", ["Training"], "AI Crawler", agent),
            bot("DemoSearch", ["Search", "Training"], "Search Engine Crawler"),
            bot("DemoAssistant", ["Agent"], "AI Assistant"),
          ],
        },
        defaults: { canonicalRedirect: true, markdown: true, compression: { codings: "platform" } },
        rules: [
          {
            name: "watched",
            match: { path: "/watched/*" },
            canonicalRedirect: "observe",
            markdown: "observe",
            compression: { mode: "observe", dictionary: { match: "/watched/*.js" } },
          },
          {
            name: "bundles",
            match: { path: "/assets/*" },
            compression: { codings: "platform", dictionary: { match: "/assets/app.*.js" } },
          },
          { name: "plain", match: { path: "/plain/*" }, canonicalRedirect: false, markdown: false },
        ],
      },
    });
    route(
      "/.well-known/http-message-signatures-directory",
      "application/http-message-signatures-directory+json",
      JSON.stringify(made.directory),
    );
    for (const prefix of ["", "/watched", "/plain"]) {
      route(`${prefix}/old/`, "text/html", html('<link rel="canonical" href="/new/">'));
    }
    for (const path of ["/new/", "//evil.example/new/"]) route(path, "text/html", html(""));
    route("/self/", "text/html", html('<link rel="canonical" href="/self/">'));
    route("/cross/", "text/html", html('<link rel="canonical" href="https://example.org/">'));
    route("/page/", "text/html; charset=utf-8", html(""), { etag: '"p1"' });
    route("/by-field/", "text/html", html(""), { link: '</new/>; rel="canonical"' });
    route("/note.txt", "text/plain", "just text");
    versions.forEach((content, i) => {
      for (const path of [`/assets/app.v${i + 1}.js`, `/watched/app.v${i + 1}.js`]) {
        const etag = `"app${i + 1}"`;
        route(path, "text/javascript", content, { etag, "cache-control": "public, max-age=600" });
      }
    });
    route("/assets/app.private.js", "text/javascript", versions[0], {
      "cache-control": "private, max-age=600",
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  function bot(name: string, behaviours: string[], category: string, agent?: string): object {
    return {
      name,
      tokens: [name],
      operator: "Demo",
      category,
      behaviours,
      ...(agent === undefined ? {} : { signatureAgents: [agent] }),
    };
  }

  describe("canonical redirect", () => {
    it("sends the verified training crawler to the canonical page", async () => {
      const got = await send(`${proxy.url}/old/`, { headers: await signed("/old/") });
      expect(got.status).toBe(301);
      expect(got.headers["location"]).toBe(`${proxy.url}/new/`);
      expect(got.headers["cache-control"]).toBe("private, no-store");
      expect(got.headers["vary"]).toBeUndefined();
      expect(got.body.length).toBe(0);
    });

    it("reads a path that looks like a host as a path", async () => {
      const path = "//evil.example/old/";
      route(path, "text/html", html('<link rel="canonical" href="/new/">'));
      const got = await send(proxy.url + path, { headers: await signed(path) });
      expect(got.headers["location"]).toBe(`${proxy.url}/new/`);
      const page = await send(proxy.url + path);
      expect(page.headers["link"]).toContain(`<${proxy.url}//evil.example/old/index.md>`);
      const mapped = "//evil.example/mapped/";
      const canonical = `<link rel="canonical" href="${origin.url}//evil.example/new/">`;
      route(mapped, "text/html", html(canonical));
      const there = await send(proxy.url + mapped, { headers: await signed(mapped) });
      expect(there.headers["location"]).toBe(`${proxy.url}//evil.example/new/`);
    });

    it("reads the Link field too", async () => {
      const got = await send(`${proxy.url}/by-field/`, { headers: await signed("/by-field/") });
      expect(got.headers["location"]).toBe(`${proxy.url}/new/`);
    });

    it.each([
      ["a browser", { "user-agent": BROWSER }],
      ["an unsigned GPTBot", { "user-agent": GPTBOT }],
      ["an unsigned Googlebot", { "user-agent": GOOGLEBOT }],
      ["nobody in particular", {}],
    ])("gives %s the page", async (_who, headers) => {
      const got = await send(`${proxy.url}/old/`, { headers });
      expect(got.status).toBe(200);
      expect(got.body.toString()).toContain("Some text.");
    });

    it.each([
      ["search engine", "DemoSearch/1.0"],
      ["assistant", "DemoAssistant/1.0"],
    ])("gives a verified %s the page", async (_who, userAgent) => {
      const got = await send(`${proxy.url}/old/`, { headers: await signed("/old/", userAgent) });
      expect(got.status).toBe(200);
    });

    it("sends the page to a client whose signature is not valid", async () => {
      const fields = await signed("/elsewhere/");
      const forged = { ...fields, signature: "sig1=:AAAA:" };
      const got = await send(`${proxy.url}/old/`, {
        headers: { ...forged, "user-agent": "DemoTrainer" },
      });
      expect(got.status).toBe(200);
    });

    it.each(["/self/", "/cross/", "/page/", "/plain/old/", "/watched/old/"])(
      "gives the verified crawler %s itself",
      async (path) => {
        const got = await send(proxy.url + path, { headers: await signed(path) });
        expect(got.status).toBe(200);
        expect(got.body.toString()).toContain("Some text.");
      },
    );

    it("redirects a request for markdown to the canonical page's markdown", async () => {
      const path = "/old/index.md";
      const got = await send(proxy.url + path, { headers: await signed(path) });
      expect(got.headers["location"]).toBe(`${proxy.url}/new/index.md`);
    });
  });

  describe("markdown", () => {
    it.each([
      ["by Accept", "/page/", { accept: "text/markdown, text/html;q=0.9" }],
      ["as /index.md", "/page/index.md", { accept: "text/html" }],
    ])("is served %s", async (_how, path, headers) => {
      const got = await send(proxy.url + path, { headers });
      expect(got.status).toBe(200);
      expect(got.headers["content-type"]).toBe("text/markdown; charset=utf-8");
      expect(got.headers["vary"]).toBe("Accept");
      expect(got.headers["etag"]).toBe('W/"p1;wl=md"');
      expect(got.headers["link"]).toBe(`<${proxy.url}/page/>; rel="canonical"`);
      expect(got.body.toString()).toContain("# Page\n\nSome text.");
    });

    it("sends every other client HTML, with Vary and a link to the markdown", async () => {
      const got = await send(`${proxy.url}/page/`, { headers: { accept: "text/html, */*;q=0.1" } });
      expect(got.headers["content-type"]).toBe("text/html; charset=utf-8");
      expect(got.headers["vary"]).toBe("Accept");
      expect(got.headers["etag"]).toBe('"p1"');
      expect(got.headers["link"]).toBe(
        `<${proxy.url}/page/index.md>; rel="alternate"; type="text/markdown"`,
      );
      expect(got.body.toString()).toBe(html(""));
    });

    it("converts compressed content of the origin", async () => {
      route("/zipped/", "text/html", gzipSync(html("")), { "content-encoding": "gzip" });
      const got = await send(`${proxy.url}/zipped/index.md`, {
        headers: { "accept-encoding": "gzip, zstd, dcb" },
      });
      expect(got.headers["content-encoding"]).toBeUndefined();
      expect(got.body.toString()).toContain("# Page");
      expect(origin.requests.at(-1)?.headers["accept-encoding"]).not.toContain("dcb");
    });

    it.each([
      ["zstd", zstdCompressSync(html(""))],
      ["deflate", deflateSync(html(""))],
      ["br", brotliCompressSync(html(""))],
    ])("converts what comes as %s without being asked for it", async (coding, bytes) => {
      route(`/coded-${coding}/`, "text/html", bytes, { "content-encoding": coding });
      const got = await send(`${proxy.url}/coded-${coding}/index.md`);
      expect(got.headers["content-type"]).toBe("text/markdown; charset=utf-8");
      expect(got.body.toString()).toContain("# Page");
    });

    it("has the fields of GET on HEAD", async () => {
      const got = await send(`${proxy.url}/page/index.md`, { method: "HEAD" });
      expect(got.headers["content-type"]).toBe("text/markdown; charset=utf-8");
      expect(got.headers["etag"]).toBe('W/"p1;wl=md"');
      expect(got.headers["content-length"]).toBeUndefined();
    });

    it("answers 304 for the representation that the client has, and for no other", async () => {
      const accept = { accept: "text/markdown" };
      const held = await send(`${proxy.url}/page/`, {
        headers: { ...accept, "if-none-match": 'W/"p1;wl=md"' },
      });
      expect(held.status).toBe(304);
      expect(held.headers["etag"]).toBe('W/"p1;wl=md"');
      expect(held.headers["vary"]).toBe("Accept");
      const other = await send(`${proxy.url}/page/`, {
        headers: { ...accept, "if-none-match": '"p1"' },
      });
      expect(other.status).toBe(200);
      const page = await send(`${proxy.url}/page/`, {
        headers: { accept: "text/html", "if-none-match": 'W/"p1;wl=md"' },
      });
      expect(page.status).toBe(200);
    });

    it("leaves other content than HTML unchanged, and a missing page missing", async () => {
      const text = await send(`${proxy.url}/note.txt`, { headers: { accept: "text/markdown" } });
      expect(text.headers["content-type"]).toBe("text/plain");
      expect(text.headers["vary"]).toBeUndefined();
      expect((await send(`${proxy.url}/missing/index.md`)).status).toBe(404);
    });

    it("does nothing if the rules turn it off, or only observe", async () => {
      for (const path of ["/plain/old/", "/watched/old/"]) {
        const got = await send(proxy.url + path, { headers: { accept: "text/markdown" } });
        expect(got.headers["content-type"], path).toBe("text/html");
        expect(got.headers["vary"], path).toBeUndefined();
        expect(got.headers["link"], path).toBeUndefined();
      }
    });
  });

  describe("dictionaries", () => {
    const hash = (content: Buffer): string =>
      `:${createHash("sha256").update(content).digest("base64")}:`;

    const delta = async (headers: Record<string, string>, path = "/assets/app.v2.js") =>
      send(proxy.url + path, { headers });

    it("offers a version as dictionary, and answers the next one as a delta to it", async () => {
      const first = await send(`${proxy.url}/assets/app.v1.js`);
      expect(first.body.equals(versions[0])).toBe(true);
      expect(first.headers["use-as-dictionary"]).toBe('match="/assets/app.*.js"');
      expect(first.headers["vary"]).toBe("Accept-Encoding, Available-Dictionary");

      const got = await eventually(
        () => delta({ "accept-encoding": "gzip, dcz", "available-dictionary": hash(versions[0]) }),
        ({ headers }) => headers["content-encoding"] === "dcz",
      );
      expect(got.status).toBe(200);
      expect(got.headers["vary"]).toContain("Accept-Encoding, Available-Dictionary");
      expect(got.headers["content-length"]).toBe(String(got.body.length));
      expect(got.headers["etag"]).toMatch(/^W\/"app2;wl=dcz\.[0-9a-f]{8}"$/);
      expect(got.headers["use-as-dictionary"]).toBe('match="/assets/app.*.js"');
      expect(got.body.length).toBeLessThan(versions[1].length / 50);
      // RFC 9842 §5: the magic, then the dictionary's hash.
      expect(got.body.subarray(0, 8).toString("hex")).toBe("5e2a4d1820000000");
      expect(got.body.subarray(8, 40).toString("base64")).toBe(hash(versions[0]).slice(1, -1));
      const decoded = zstdDecompressSync(got.body.subarray(40), { dictionary: versions[0] });
      expect(decoded.equals(versions[1])).toBe(true);
      // What came as a delta serves as dictionary in its turn.
      const known = await eventually(
        () =>
          delta(
            { "accept-encoding": "dcz", "available-dictionary": hash(versions[1]) },
            "/assets/app.v1.js",
          ),
        ({ headers }) => headers["content-encoding"] === "dcz",
      );
      expect(known.headers["content-encoding"]).toBe("dcz");
    });

    it("answers in dcb if the client accepts it, in dcz if the client prefers that", async () => {
      const offer = { "available-dictionary": hash(versions[0]) };
      const got = await delta({ "accept-encoding": "gzip, br, zstd, dcb, dcz;q=0.9", ...offer });
      expect(got.headers["content-encoding"]).toBe("dcb");
      // RFC 9842 §4: the magic, then the dictionary's hash.
      expect(got.body.subarray(0, 4).toString("hex")).toBe("ff444342");
      expect(got.body.subarray(4, 36).toString("base64")).toBe(hash(versions[0]).slice(1, -1));
      expect(got.body.length).toBeLessThan(versions[1].length / 50);
      if (nativeDcb() !== undefined) {
        const decoding = { dictionary: versions[0] } as object;
        const decoded = brotliDecompressSync(got.body.subarray(36), decoding);
        expect(decoded.equals(versions[1])).toBe(true);
      }
      const other = await delta({ "accept-encoding": "dcb;q=0.5, dcz", ...offer });
      expect(other.headers["content-encoding"]).toBe("dcz");
    });

    it.each([
      ["no coding accepted", { "accept-encoding": "gzip" }],
      ["only a wildcard", { "accept-encoding": "*" }],
      ["dcz refused", { "accept-encoding": "dcz;q=0" }],
      ["a credential", { "accept-encoding": "dcz", authorization: "Basic eDp5" }],
      [
        "a stranger's no-cors request",
        { "accept-encoding": "dcz", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      ],
      ["no-transform asked for", { "accept-encoding": "dcz", "cache-control": "no-transform" }],
    ])("answers plainly with %s", async (_why, headers) => {
      const got = await delta({ "available-dictionary": hash(versions[0]), ...headers });
      expect(got.status).toBe(200);
      expect(got.headers["content-encoding"]).toBeUndefined();
      expect(got.headers["vary"]).toContain("Accept-Encoding, Available-Dictionary");
      expect(got.body.equals(versions[1])).toBe(true);
    });

    it.each([
      ["an unknown dictionary", hash(Buffer.from("never seen"))],
      ["a malformed field", "what?"],
      ["a doubled field", `${hash(versions[0])}, ${hash(versions[0])}`],
      ["a hash of the wrong length", ":AAAA:"],
    ])("answers plainly with %s", async (_why, offered) => {
      const got = await delta({ "accept-encoding": "dcz", "available-dictionary": offered });
      expect(got.headers["content-encoding"]).toBeUndefined();
      expect(got.body.equals(versions[1])).toBe(true);
    });

    it("never uses or offers a private response", async () => {
      const got = await delta(
        { "accept-encoding": "dcz", "available-dictionary": hash(versions[1]) },
        "/assets/app.private.js",
      );
      expect(got.headers["content-encoding"]).toBeUndefined();
      expect(got.headers["use-as-dictionary"]).toBeUndefined();
    });

    it("does not change a byte if the rules only observe", async () => {
      const path = "/watched/app.v1.js";
      const got = await delta(
        { "accept-encoding": "dcz", "available-dictionary": hash(versions[1]) },
        path,
      );
      expect(got.headers["use-as-dictionary"]).toBeUndefined();
      expect(got.headers["vary"]).toBeUndefined();
      expect(origin.requests.at(-1)?.headers["accept-encoding"]).toBe("dcz");
      expect(got.body.equals(versions[0])).toBe(true);
    });

    it("revalidates a delta against the origin's own tag", async () => {
      const got = await send(`${proxy.url}/assets/app.v2.js`, {
        headers: { "if-none-match": 'W/"app2;wl=dcz.12345678"' },
      });
      expect(got.status).toBe(304);
      expect(got.headers["etag"]).toBe('W/"app2;wl=dcz.12345678"');
      expect(got.headers["vary"]).toBe("Accept-Encoding, Available-Dictionary");
    });
  });
});

/** Keeping goes on behind the answer: asks again, for at most five seconds. */
async function eventually<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const end = Date.now() + 5000;
  for (;;) {
    const value = await ask();
    if (holds(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
