import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoOrigin, startDemoOrigin } from "../../src/cli/start/demo/origin.ts";

const PAGE = `<!doctype html><title>Lamps</title><p>${"A lamp is a light. ".repeat(60)}</p>`;
const SCRIPT = `globalThis.lamp = [${Array.from({ length: 500 }, (_, index) => index * 7).join()}];`;
const DIRECTORY = JSON.stringify({ keys: [] });
const DIRECTORY_PATH = "/.well-known/http-message-signatures-directory";
const DIRECTORY_TYPE = "application/http-message-signatures-directory+json";

let root: string;
let origin: DemoOrigin;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "wayleave-demo-"));
  const files: Record<string, string | Uint8Array> = {
    "site/index.html": "<!doctype html><title>Front</title>",
    "site/lamps/index.html": PAGE,
    "site/charsets/koi8-r/index.html": Uint8Array.of(0xf0, 0xd2, 0xc9),
    "site/assets/app.js": SCRIPT,
    "site/assets/dot.png": Uint8Array.of(0x89, 0x50, 0x4e, 0x47),
    "site/404.html": "<!doctype html><title>Not found</title>",
    "site/_fields.json": JSON.stringify({ "/lamps/": { Link: '</light/>; rel="canonical"' } }),
    "secret.txt": "outside of the root",
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const extra = new Map([
    [DIRECTORY_PATH, { type: DIRECTORY_TYPE, body: new TextEncoder().encode(DIRECTORY) }],
  ]);
  origin = await startDemoOrigin({ root: join(root, "site"), extra });
});

afterAll(async () => {
  await origin.close();
  await rm(root, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly fields: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** A request that neither adds Accept-Encoding nor decodes. */
function fetchRaw(
  path: string,
  fields: Record<string, string> = {},
  method = "GET",
  content?: Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${origin.url}${path}`, { method, headers: fields }, (response) => {
      buffer(response).then(
        (bytes) => resolve({ status: response.statusCode ?? 0, fields: response.headers, bytes }),
        reject,
      );
    });
    request.on("error", reject);
    request.end(content);
  });
}

/** Sends the request target as it is, without the tidying that clients do. */
function statusOfTarget(target: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(origin.url).port), "127.0.0.1");
    socket.on("error", reject);
    socket.end(`GET ${target} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n`);
    buffer(socket).then((bytes) => resolve(Number(bytes.toString("latin1").slice(9, 12))), reject);
  });
}

describe("documents", () => {
  it("serves a folder through its index.html, under both names", async () => {
    for (const path of ["/lamps/", "/lamps/index.html", "/lamps/?from=menu"]) {
      const { status, fields, bytes } = await fetchRaw(path);
      expect(status).toBe(200);
      expect(fields["content-type"]).toBe("text/html; charset=utf-8");
      expect(fields["content-length"]).toBe(String(PAGE.length));
      expect(bytes.toString()).toBe(PAGE);
    }
  });

  it("redirects a folder without its slash, and keeps the query", async () => {
    const { status, fields } = await fetchRaw("/lamps?from=menu");
    expect([status, fields.location]).toEqual([301, "/lamps/?from=menu"]);
  });

  it("answers an unknown path with an HTML page", async () => {
    const { status, fields, bytes } = await fetchRaw("/nowhere/");
    expect([status, fields["content-type"]]).toEqual([404, "text/html; charset=utf-8"]);
    expect(bytes.toString()).toContain("Not found");
  });

  it("leaves the charset of legacy pages to their meta element", async () => {
    const { fields, bytes } = await fetchRaw("/charsets/koi8-r/");
    expect(fields["content-type"]).toBe("text/html");
    expect([...bytes]).toEqual([0xf0, 0xd2, 0xc9]);
  });

  it("adds the fields of _fields.json, and does not serve that file", async () => {
    expect((await fetchRaw("/lamps/")).fields["link"]).toBe('</light/>; rel="canonical"');
    expect((await fetchRaw("/_fields.json")).status).toBe(404);
  });

  it("serves extra documents from memory", async () => {
    const { status, fields, bytes } = await fetchRaw(DIRECTORY_PATH);
    expect([status, fields["content-type"]]).toEqual([200, DIRECTORY_TYPE]);
    expect(bytes.toString()).toBe(DIRECTORY);
  });

  it("lets assets live longer than pages", async () => {
    expect((await fetchRaw("/lamps/")).fields["cache-control"]).toBe("public, max-age=60");
    expect((await fetchRaw("/assets/app.js")).fields["cache-control"]).toBe("public, max-age=3600");
  });

  it.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/lamps/../../secret.txt",
    "/..%2fsecret.txt",
    "/..\\secret.txt",
    "//secret.txt",
    "/lamps/index.html%00",
  ])("does not leave the root for %s", async (target) => {
    expect(await statusOfTarget(target)).toBe(404);
  });

  it("refuses a malformed path and accepts the absolute form", async () => {
    expect(await statusOfTarget("/%zz")).toBe(400);
    expect(await statusOfTarget("http://demo/lamps/")).toBe(200);
  });
});

describe("methods", () => {
  it("answers HEAD with the fields of GET and no content", async () => {
    const get = await fetchRaw("/lamps/", { "Accept-Encoding": "br" });
    const head = await fetchRaw("/lamps/", { "Accept-Encoding": "br" }, "HEAD");
    const { date: _, ...fields } = head.fields;
    expect(get.fields).toMatchObject(fields);
    expect(head.bytes).toHaveLength(0);
  });

  it("refuses other methods", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const { status, fields } = await fetchRaw("/lamps/", {}, method);
      expect([status, fields.allow]).toEqual([405, "GET, HEAD"]);
    }
    expect((await fetchRaw("/echo")).fields.allow).toBe("POST");
  });

  it("streams the content of POST /echo back", async () => {
    const content = Buffer.alloc(300_000, "wayleave ");
    const { status, fields, bytes } = await fetchRaw(
      "/echo",
      { "Content-Type": "text/x-lamp" },
      "POST",
      content,
    );
    expect([status, fields["content-type"]]).toEqual([200, "text/x-lamp"]);
    expect(bytes.equals(content)).toBe(true);
  });
});

describe("content codings", () => {
  const decoders: Record<string, (bytes: Buffer) => Buffer> = {
    identity: (bytes) => bytes,
    gzip: (bytes) => gunzipSync(bytes),
    br: (bytes) => brotliDecompressSync(bytes),
  };

  it.each([
    [undefined, "identity"],
    ["", "identity"],
    ["gzip", "gzip"],
    ["x-gzip", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["br;q=0.1, gzip;q=0.9", "gzip"],
    ["br;q=0, gzip;q=0", "identity"],
    ["*", "br"],
    ["*;q=0", "identity"],
    ["gzip;q=0.5, identity;q=0.8", "identity"],
    ["GZIP ; Q=1", "gzip"],
    ["zstd, dcb", "identity"],
  ])("answers Accept-Encoding %j with %s", async (acceptEncoding, coding) => {
    const offer = acceptEncoding === undefined ? {} : { "Accept-Encoding": acceptEncoding };
    const { fields, bytes } = await fetchRaw("/assets/app.js", offer);
    expect(fields["content-encoding"] ?? "identity").toBe(coding);
    expect(fields.vary).toBe("Accept-Encoding");
    expect(decoders[coding]?.(bytes).toString()).toBe(SCRIPT);
  });

  it("has a strong entity tag for each coding", async () => {
    const tags = await Promise.all(
      ["identity", "gzip", "br"].map(
        async (coding) =>
          (await fetchRaw("/assets/app.js", { "Accept-Encoding": coding })).fields.etag,
      ),
    );
    expect(new Set(tags).size).toBe(3);
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]+"$/);
  });

  it("leaves images unchanged", async () => {
    const { fields } = await fetchRaw("/assets/dot.png", { "Accept-Encoding": "br" });
    expect(fields["content-type"]).toBe("image/png");
    expect(fields["content-encoding"]).toBeUndefined();
    expect(fields.vary).toBeUndefined();
  });
});

describe("conditional requests", () => {
  it("answers 304 to the entity tag of the same coding only", async () => {
    const offer = { "Accept-Encoding": "gzip" };
    const { fields } = await fetchRaw("/lamps/", offer);
    const etag = fields.etag ?? "";
    for (const value of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await fetchRaw("/lamps/", { ...offer, "If-None-Match": value });
      expect(answer.status).toBe(304);
      expect(answer.bytes).toHaveLength(0);
      expect(answer.fields).toMatchObject({
        etag,
        vary: "Accept-Encoding",
        "cache-control": "public, max-age=60",
      });
    }
    expect((await fetchRaw("/lamps/", { "If-None-Match": etag })).status).toBe(200);
  });

  it("reads dates if there is no entity tag", async () => {
    const modified = (await fetchRaw("/lamps/")).fields["last-modified"] ?? "";
    const older = new Date(Date.parse(modified) - 60_000).toUTCString();
    const statusWith = async (fields: Record<string, string>) =>
      (await fetchRaw("/lamps/", fields)).status;
    expect(await statusWith({ "If-Modified-Since": modified })).toBe(304);
    expect(await statusWith({ "If-Modified-Since": older })).toBe(200);
    expect(await statusWith({ "If-Modified-Since": modified, "If-None-Match": '"other"' })).toBe(
      200,
    );
    expect(await statusWith({ "If-Unmodified-Since": older })).toBe(412);
    expect(await statusWith({ "If-Match": '"other"' })).toBe(412);
  });
});

describe("ranges", () => {
  it.each([
    ["bytes=0-9", 0, 10],
    ["bytes=100-", 100, SCRIPT.length],
    ["bytes=-5", SCRIPT.length - 5, SCRIPT.length],
    [`bytes=10-${SCRIPT.length + 50}`, 10, SCRIPT.length],
  ])("sends the part for %s", async (range, start, end) => {
    const { status, fields, bytes } = await fetchRaw("/assets/app.js", { Range: range });
    expect(status).toBe(206);
    expect(fields["content-range"]).toBe(`bytes ${start}-${end - 1}/${SCRIPT.length}`);
    expect(bytes.toString()).toBe(SCRIPT.slice(start, end));
  });

  it("answers 416 beyond the end", async () => {
    const { status, fields } = await fetchRaw("/assets/app.js", { Range: "bytes=99999-" });
    expect([status, fields["content-range"]]).toEqual([416, `bytes */${SCRIPT.length}`]);
  });

  it.each(["bytes=0-1,4-5", "lines=1-2", "bytes=9-2", "bytes=-"])("ignores %s", async (range) => {
    const { status, bytes } = await fetchRaw("/assets/app.js", { Range: range });
    expect([status, bytes.toString()]).toEqual([200, SCRIPT]);
  });

  it("sends the whole content if If-Range names another version", async () => {
    const { etag = "" } = (await fetchRaw("/assets/app.js")).fields;
    const statusWith = async (ifRange: string) =>
      (await fetchRaw("/assets/app.js", { Range: "bytes=0-9", "If-Range": ifRange })).status;
    expect(await statusWith(etag)).toBe(206);
    expect(await statusWith(`W/${etag}`)).toBe(200);
    expect(await statusWith('"other"')).toBe(200);
  });

  it("cuts the coded content if a coding was negotiated", async () => {
    const offer = { "Accept-Encoding": "gzip" };
    const whole = await fetchRaw("/assets/app.js", offer);
    const part = await fetchRaw("/assets/app.js", { ...offer, Range: "bytes=10-19" });
    expect(part.fields["content-encoding"]).toBe("gzip");
    expect(part.bytes.equals(whole.bytes.subarray(10, 20))).toBe(true);
  });
});

describe("starting", () => {
  it("rejects if the port is taken or the folder is missing", async () => {
    const port = Number(new URL(origin.url).port);
    await expect(startDemoOrigin({ root: join(root, "site"), port })).rejects.toThrow("EADDRINUSE");
    await expect(startDemoOrigin({ root: join(root, "none") })).rejects.toThrow("ENOENT");
  });
});
