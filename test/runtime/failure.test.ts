import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { send } from "../support/client.ts";
import { linesOf } from "../support/log-lines.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { sendRaw } from "../support/raw.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const MARKDOWN = { accept: "text/markdown" };
const HTML = "Content-Type: text/html\r\n";
const PAGE = `<!doctype html><title>Page</title><main><h1>Page</h1>${"<p>Some text.</p>".repeat(200)}</main>`;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("failures on %s", (runtime) => {
  let origin: RawOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      originTimeout: 1500,
      logLevel: "errors",
      rules: {
        defaults: { canonicalRedirect: true, markdown: { maxBytes: 4096 } },
        rules: [
          { name: "wide", match: { path: "/wide/*" }, markdown: true },
          {
            name: "bundles",
            match: { path: "/assets/*" },
            compression: { dictionary: { match: "/assets/*.js", maxBytes: 4096 } },
          },
        ],
      },
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const answers = (bytes: Buffer | string, close = false): void => {
    origin.answer = () => ({ bytes, close });
  };
  const page = (content: Buffer | string, fields = ""): Buffer => {
    const head = `HTTP/1.1 200 OK\r\n${HTML}${fields}Content-Length: ${content.length}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), Buffer.from(content)]);
  };

  it("have one line for a stage that fails, and the page is relayed unchanged", async () => {
    answers(page("not gzip", "Content-Encoding: gzip\r\n"));
    const before = linesOf(proxy, "stage-failed").length;
    const got = await send(`${proxy.url}/page?a=hunter2`, { headers: MARKDOWN });
    expect([got.status, got.body.toString()]).toEqual([200, "not gzip"]);
    const lines = () => linesOf(proxy, "stage-failed").slice(before);
    await expect.poll(lines).toHaveLength(1);
    const stage = { feature: "markdown", phase: "response", path: "/page" };
    expect(lines()[0]).toMatchObject({ level: "warn", ...stage });
    expect(String(lines()[0]?.["error"])).toMatch(/gzip/i);
    expect(JSON.stringify(lines())).not.toContain("hunter2");
  });

  describe("of the origin", () => {
    it("is 502 if it closes without a response", async () => {
      answers("", true);
      expect((await send(`${proxy.url}/`)).status).toBe(502);
    });

    it("is 502 if it resets the connection", async () => {
      origin.answer = (_request, socket) => {
        socket.resetAndDestroy();
        return { bytes: "" };
      };
      expect((await send(`${proxy.url}/`)).status).toBe(502);
    });

    it.each([
      ["no HTTP at all", "SSH-2.0-OpenSSH_9.2\r\n"],
      ["a status that is none", "HTTP/1.1 20 OK\r\n\r\n"],
      ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
      ["a field that is none", "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n"],
    ])("is 502 if it sends %s", async (_what, bytes) => {
      answers(bytes, true);
      const got = await send(`${proxy.url}/`);
      expect(got.status).toBe(502);
      expect(got.headers["content-type"]).toBe("application/problem+json");
    });

    it.each(["gzip", "gzip, chunked", "chunked, gzip", "deflate", "x-unknown"])(
      "is 502 if its transfer coding is %s",
      async (coding) => {
        const zipped = gzipSync("some text").toString("latin1");
        answers(`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n${zipped}`, true);
        const got = await send(`${proxy.url}/`);
        expect(got.status).toBe(502);
        expect(got.headers["content-type"]).toBe("application/problem+json");
      },
    );

    it("is 504 if it stays silent", async () => {
      answers("");
      const got = await send(`${proxy.url}/`);
      expect(got.status).toBe(504);
      expect(got.headers["content-type"]).toBe("application/problem+json");
    });

    it("accepts a large header section, as browsers do, and on node none without bound", async () => {
      const ask = (bytes: number): Promise<string> => {
        answers(`HTTP/1.1 200 OK\r\nX-Big: ${"b".repeat(bytes)}\r\nContent-Length: 0\r\n\r\n`);
        const asked = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        return sendRaw(proxy.url, asked);
      };
      expect(await ask(60_000)).toContain("b".repeat(60_000));
      if (runtime === "workerd") return;
      const got = await ask(300_000);
      expect(got).toMatch(/^HTTP\/1\.1 502 /);
      expect(got).toContain("larger than 64 KB");
    });

    it.each([
      ["a length", "Content-Length: 100\r\n\r\nonly this"],
      ["chunks", "Transfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n"],
      ["nonsense for a chunk", "Transfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\nzz\r\n"],
    ])("breaks the connection off if content with %s does", async (_what, rest) => {
      answers(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n${rest}`, true);
      await expect(send(`${proxy.url}/`)).rejects.toThrow();
    });
  });

  describe("of a conversion", () => {
    it("leaves the page unchanged if its coding is broken from the start", async () => {
      const junk = randomBytes(300);
      answers(page(junk, "Content-Encoding: gzip\r\n"));
      const got = await send(`${proxy.url}/`, {
        headers: { ...MARKDOWN, "accept-encoding": "gzip" },
      });
      expect(got.status).toBe(200);
      expect(got.headers["content-type"]).toBe("text/html");
      expect(got.headers["content-encoding"]).toBe("gzip");
      expect(got.headers["vary"]).toBe("Accept");
      expect(got.body.equals(junk)).toBe(true);
    });

    it("breaks the connection off if the origin breaks off in the middle of the page", async () => {
      const sent = page(PAGE.repeat(20)).subarray(0, 40_000);
      origin.answer = (_request, socket) => {
        socket.write(sent);
        setTimeout(() => socket.destroy(), 200);
        return { bytes: "" };
      };
      await expect(send(`${proxy.url}/wide/`, { headers: MARKDOWN })).rejects.toThrow();
    });

    it("breaks the connection off if the coding breaks in the middle", async () => {
      const lines = Array.from({ length: 3000 }, () => `<p>${randomBytes(6).toString("hex")}</p>`);
      const zipped = gzipSync(`<title>t</title><main><h1>t</h1>${lines.join("")}</main>`);
      zipped.fill(0xff, 20_000, 20_400);
      const sent = page(zipped, "Content-Encoding: gzip\r\n");
      origin.answer = (_request, socket) => {
        setTimeout(() => socket.write(sent.subarray(15_000)), 300);
        return { bytes: sent.subarray(0, 15_000) };
      };
      await expect(
        send(`${proxy.url}/wide/`, { headers: { ...MARKDOWN, "accept-encoding": "gzip" } }),
      ).rejects.toThrow();
    });

    it("does not begin with a page that is known to be over the bound", async () => {
      const content = PAGE.padEnd(5000, " ");
      answers(page(content));
      const got = await send(`${proxy.url}/`, { headers: MARKDOWN });
      expect(got.headers["content-type"]).toBe("text/html");
      expect(got.body.toString()).toBe(content);
    });

    it("ends with a notice if a page turns out to be over the bound", async () => {
      const chunk = `2710\r\n${"<p>text</p>".repeat(1000).slice(0, 10_000)}\r\n0\r\n\r\n`;
      answers(`HTTP/1.1 200 OK\r\n${HTML}Transfer-Encoding: chunked\r\n\r\n${chunk}`);
      const got = await send(`${proxy.url}/`, { headers: MARKDOWN });
      expect(got.headers["content-type"]).toBe("text/markdown; charset=utf-8");
      expect(got.body.length).toBeLessThan(5000);
      expect(got.body.toString()).toMatch(/cut|truncated|shortened/i);
    });
  });

  it("passes content unchanged if it turns out to be over a dictionary's bound", async () => {
    const content = randomBytes(5000).toString("hex");
    answers(
      `HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`,
    );
    const hash = createHash("sha256").update("x").digest("base64");
    const got = await send(`${proxy.url}/assets/a.js`, {
      headers: { "accept-encoding": "dcz", "available-dictionary": `:${hash}:` },
    });
    expect(got.headers["content-encoding"]).toBeUndefined();
    expect(got.body.toString()).toBe(content);
  });
});

describe("failures of a store", () => {
  const old = randomBytes(4000).toString("hex");
  const next = `${old}more`;
  const hash = createHash("sha256").update(old).digest("base64");
  let origin: TestOrigin;

  beforeAll(async () => {
    origin = await startOrigin();
    for (const [path, content] of [
      ["/a.1.js", old],
      ["/a.2.js", next],
    ] as const) {
      origin.routes.set(path, (_request, response) => {
        response.writeHead(200, { "cache-control": "max-age=60", etag: `"${path}"` }).end(content);
      });
    }
    origin.routes.set("/stalls.js", (_request, response) => {
      response.writeHead(200, { "cache-control": "max-age=60" }).write(next.slice(0, 4000));
      setTimeout(() => response.end(next.slice(4000)), 1000);
    });
  });
  afterAll(() => origin?.close());

  const fails = () => Promise.reject(new Error("the store is down"));
  const hangs = () => new Promise<never>(() => {});
  const storeThat = (does: () => Promise<never>): Store => ({
    blobs: { get: does, put: does, delete: does },
    index: { get: does, put: does },
    ledger: { read: does, change: does, claim: does },
  });
  const stores: Readonly<Record<string, () => Store>> = {
    "rejects everything": () => storeThat(fails),
    "throws on everything": () =>
      storeThat(() => {
        throw new Error("the store is broken");
      }),
    "never answers": () => storeThat(hangs),
    "gives other bytes back": () => {
      const kept = memoryStore();
      const other = new TextEncoder().encode("other bytes");
      return { ...kept, blobs: { ...kept.blobs, get: async () => other } };
    },
    "knows of a blob that is gone": () => {
      const kept = memoryStore();
      return { ...kept, blobs: { ...kept.blobs, get: async () => undefined } };
    },
  };
  const rules = { defaults: { compression: { dictionary: { match: "/*.js" } } } };
  const asked = { "accept-encoding": "dcz", "available-dictionary": `:${hash}:` };

  it.each(Object.keys(stores))("never fail a response: one that %s", async (what) => {
    const store = (stores[what] as () => Store)();
    const first = await RUNTIMES.node({
      origin: origin.url,
      rules,
      platform: { store, stageTimeout: 300 },
    });
    const kept = await send(`${first.url}/a.1.js`);
    expect(kept.body.toString()).toBe(old);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await first.close();
    // Another process over the same store: nothing of it is held in memory.
    const second = await RUNTIMES.node({
      origin: origin.url,
      rules,
      platform: { store, stageTimeout: 300 },
    });
    const got = await send(`${second.url}/a.2.js`, { headers: asked });
    expect(got.status).toBe(200);
    expect(got.headers["content-encoding"]).toBeUndefined();
    expect(got.headers.vary).toContain("Available-Dictionary");
    expect(got.body.toString()).toBe(next);
    await second.close();
  });

  it("stops reading a response that stalls, and passes it as it arrives", async () => {
    const proxy = await RUNTIMES.node({
      origin: origin.url,
      rules,
      platform: { stageTimeout: 300 },
    });
    await send(`${proxy.url}/a.1.js`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(
      (await send(`${proxy.url}/a.2.js`, { headers: asked })).headers["content-encoding"],
    ).toBe("dcz");
    const got = await send(`${proxy.url}/stalls.js`, { headers: asked });
    expect(got.headers["content-encoding"]).toBeUndefined();
    expect(got.body.toString()).toBe(next);
    expect(proxy.log.join("")).toContain("stage-failed");
    await proxy.close();
  });
});

describe("content that breaks off, for a client of HTTP/1.0 on node", () => {
  it("ends with a reset, since its end would look like that of the content", async () => {
    const origin = await startRawOrigin();
    origin.answer = (_request, socket) => {
      setTimeout(() => socket.destroy(), 200);
      return { bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" };
    };
    const proxy = await RUNTIMES.node({ origin: origin.url, rules: {} });
    const { hostname, port } = new URL(proxy.url);
    const socket = connect(Number(port), hostname);
    let got = "";
    socket.setEncoding("latin1").on("data", (text: string) => (got += text));
    const broken = once(socket, "end").then(
      () => "an end",
      (error: NodeJS.ErrnoException) => error.code,
    );
    socket.write("GET / HTTP/1.0\r\n\r\n");
    expect(await broken).toBe("ECONNRESET");
    expect(got).toMatch(/^HTTP\/1\.1 200 [^]*hello$/);
    socket.destroy();
    await proxy.close();
    await origin.close();
  });
});
