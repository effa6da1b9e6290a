import { FEATURES } from "../../src/features.ts";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decideUnruled } from "../../src/runtime/unruled.ts";
import { send } from "../support/client.ts";
import { startKv, type TestKv } from "../support/kv.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

const GOOD = JSON.stringify({ agents: { ipRanges: false }, defaults: { markdown: true } });
const FAULTY = '{ "defaults": { "markdwon": true } }';
/** Faulty as a document, and about access. */
const FAULTY_ACCESS = '{ "rules": [{ "name": "x", "access": { "action": "block" } ';
const markdown = { headers: { accept: "text/markdown" } };

let origin: TestOrigin;

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/page/", (_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<h1>Page</h1>");
  });
  origin.routes.set("/robots.txt", (_request, response) => {
    response.writeHead(200, { "content-type": "text/plain" }).end("User-agent: *\n");
  });
});
afterAll(() => origin?.close());

describe("a text with faults", () => {
  it.each(['"access": {', '"access" :true', "access: {", "'access': 1", '{"access":'])(
    "closes the proxy if it has the key access: %s",
    (text) => expect(decideUnruled(FAULTY + text, FEATURES)).toBe("closed"),
  );
  it.each([FAULTY, "", '"name": "access"', '"accessible": true'])(
    "does not close it otherwise: %s",
    (text) => expect(decideUnruled(text, FEATURES)).toBe("open"),
  );
});

describe("a Worker with faulty rules", { timeout: 120_000 }, () => {
  let kv: TestKv;
  let proxy: Proxy | undefined;
  const start = async (rulesText: string): Promise<Proxy> => {
    proxy = await RUNTIMES.workerd({ origin: origin.url, rules: {}, rulesText, kv: kv.url });
    return proxy;
  };
  const get = (path: string, options = {}) => send((proxy as Proxy).url + path, options);
  const isMarkdown = async () => {
    const { status, headers } = await get("/page/", markdown);
    // A problem is negotiated, too.
    return status === 200 && headers["content-type"]?.includes("markdown") === true;
  };

  beforeEach(async () => {
    kv = await startKv();
  });
  afterEach(async () => {
    await proxy?.close();
    await kv.close();
  });

  it("passes requests on, and says so, if they have nothing about access", async () => {
    const { log } = await start(FAULTY);
    const got = await get("/page/", markdown);
    expect([got.status, got.body.toString()]).toEqual([200, "<h1>Page</h1>"]);
    expect(log.join("")).toContain("REQUESTS PASS WITHOUT ANY RULE");
    expect((await get("/.wayleave/ready")).status).toBe(503);
    const health = await get("/.wayleave/health");
    expect(health.status).toBe(200);
    expect(JSON.parse(health.body.toString())).toMatchObject({ status: "no-rules" });
    // Faults are told with their place.
    expect(log.join("")).toContain("rules:1:17: unknown key");
  });

  it("answers 503 to all but robots.txt and health if they have a key access", async () => {
    const { log } = await start(FAULTY_ACCESS);
    const before = origin.requests.length;
    for (const path of ["/page/", "/", "/robots.txt/x", "/llms.txt", "//robots.txt"]) {
      const got = await get(path);
      expect([path, got.status]).toEqual([path, 503]);
      expect(got.headers["retry-after"]).toMatch(/^\d+$/);
      expect(got.body.toString()).toContain("rules-faulty");
    }
    expect(origin.requests.length).toBe(before);
    const robots = await get("/robots.txt");
    expect([robots.status, robots.body.toString()]).toEqual([200, "User-agent: *\n"]);
    expect((await get("/.wayleave/health")).status).toBe(200);
    expect(log.join("")).toContain("requests get 503");
    // Each of them has its line with the cause.
    const refused = () => log.filter((line) => line.includes('"code":"rules-faulty"'));
    await expect.poll(() => refused().length).toBe(5);
  });

  it("uses valid ones from KV as soon as there are any", async () => {
    await start(FAULTY_ACCESS);
    expect((await get("/page/")).status).toBe(503);
    kv.entries.set("rules", GOOD);
    await expect.poll(isMarkdown, { timeout: 30_000 }).toBe(true);
    expect((await get("/.wayleave/ready")).status).toBe(200);
  });

  it("closes if rules about access in KV have faults, too", async () => {
    kv.entries.set("rules", FAULTY_ACCESS);
    await start(FAULTY);
    expect((await get("/page/")).status).toBe(503);
  });

  it("uses the last valid ones of an earlier deploy", async () => {
    const first = await start(GOOD);
    expect(await isMarkdown()).toBe(true);
    await expect.poll(() => kv.entries.has("rules/last-good"), { timeout: 30_000 }).toBe(true);
    await first.close();
    await start(FAULTY_ACCESS);
    expect(await isMarkdown()).toBe(true);
    expect((await get("/.wayleave/ready")).status).toBe(200);
  });

  it("keeps those of the deploy if those in KV have faults", async () => {
    kv.entries.set("rules", FAULTY_ACCESS);
    await start(GOOD);
    expect(await isMarkdown()).toBe(true);
  });
});

describe("a deploy", { timeout: 120_000 }, () => {
  let folder: string;
  const root = new URL("../..", import.meta.url).pathname;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-deploy-"));
    for (const name of ["src", "scripts", "rules", "wasm", "wrangler.jsonc", "package.json"]) {
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
    mkdirSync(join(folder, "out"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const deploy = () =>
    spawnSync(
      process.execPath,
      ["node_modules/wrangler/bin/wrangler.js", "deploy", "--dry-run", "--outdir", "out"],
      {
        cwd: folder,
        encoding: "utf8",
        env: {
          ...process.env,
          WRANGLER_SEND_METRICS: "false",
          CLOUDFLARE_CF_FETCH_ENABLED: "false",
        },
      },
    );

  it("is refused if the rules have faults, and reports each fault and its effect", () => {
    writeFileSync(join(folder, "rules/default.jsonc"), FAULTY);
    const { status, stdout, stderr } = deploy();
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain("rules/default.jsonc:1:17: unknown key");
    expect(stdout + stderr).toContain("would respond with 503");
  });

  it("continues with valid rules", () => {
    writeFileSync(join(folder, "rules/default.jsonc"), GOOD);
    const { status, stdout, stderr } = deploy();
    expect({ status, said: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, said: "" });
  });
});
