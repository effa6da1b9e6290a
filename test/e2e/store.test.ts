import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { WELL_KNOWN_DIRECTORY } from "../../src/http/known-paths.ts";
import {
  DIRECTORY_TYPE,
  generateKeys,
  signMessage,
  type PrivateJwk,
} from "../../src/agent/web-bot-auth/index.ts";
import { runCommand } from "../support/cli.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startOutside, type Outside } from "../support/outside.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { freePort } from "../support/runtimes.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";

const PUBLIC = "https://www.example.com";
const PASSWORD = "a long:secret/word";

let folder: string;
let origin: TestOrigin;
let outside: Outside;
let key: PrivateJwk;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-fleet-"));
  origin = await startOrigin();
  outside = await startOutside();
  const made = await generateKeys();
  key = made.privateJwk;
  outside.answers.set(WELL_KNOWN_DIRECTORY, {
    type: DIRECTORY_TYPE,
    body: JSON.stringify(made.directory),
  });
  const rules = {
    publicOrigin: PUBLIC,
    agents: { replay: true, directories: [outside.url] },
    defaults: {
      markdown: true,
      compression: { dictionary: { match: "/*.js" } },
      cache: { after: 100 },
    },
    rules: [{ name: "signed only", match: { path: "/signed/*" }, access: { action: "challenge" } }],
  };
  writeFileSync(join(folder, "rules.jsonc"), JSON.stringify(rules));
  const serve = (path: string, type: string, content: string) =>
    origin.routes.set(path, (_request, response) => {
      const fields = { "content-type": type, "cache-control": "public, max-age=600" };
      response.writeHead(200, { ...fields, etag: `"${path}"` }).end(content);
    });
  serve("/signed/", "text/plain", "for agents");
  serve("/page/", "text/html", "<title>Page</title><main><h1>Page</h1><p>Text.</p></main>");
  serve("/a.1.js", "text/javascript", old);
  serve("/a.2.js", "text/javascript", `${old}more`);
});
afterAll(async () => {
  await origin?.close();
  outside?.close();
  rmSync(folder, { recursive: true, force: true });
});

const old = randomBytes(4000).toString("hex");
const hash = createHash("sha256").update(old).digest("base64");
const offer = { "accept-encoding": "dcz", "available-dictionary": `:${hash}:` };

/** A member of the fleet, or a proxy by itself, in a folder of its own. */
async function start(name: string, env: Record<string, string>, ...argv: string[]) {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const common = ["--runtime", "node", "--dev", "--rules", "../rules.jsonc"];
  return startCommand(home, [...common, "--origin", origin.url, ...argv], env);
}

async function signed(nonce: string): Promise<Record<string, string>> {
  const created = Math.floor(Date.now() / 1000);
  const message = { method: "GET", url: `${PUBLIC}/signed/` };
  const agent = outside.url;
  return { ...(await signMessage(message, key, { agent, created, expires: created + 60, nonce })) };
}

const get = (proxy: StartedProxy, path: string, headers: Record<string, string> = {}) =>
  send(proxy.url + path, { headers });
const coding = async (proxy: StartedProxy) =>
  (await get(proxy, "/a.2.js", offer)).headers["content-encoding"];

/** Tries until it holds, for at most twenty seconds. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error("it never held");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("a fleet with Redis", needs("redis-server"), () => {
  let server: TestRedis;
  let fleet: StartedProxy[] = [];

  beforeAll(async () => {
    server = await startRedis(["--requirepass", PASSWORD], { password: PASSWORD });
    const STORE_URL = server.url.replace("//", `//:${encodeURIComponent(PASSWORD)}@`);
    fleet = await Promise.all([start("one", { STORE_URL }), start("two", { STORE_URL })]);
  });
  afterAll(async () => {
    await Promise.all(fleet.map((each) => each.stop()));
    await server?.close();
  });
  const members = () => fleet as [StartedProxy, StartedProxy];

  it("stores nothing itself, except the history of its own requests", async () => {
    const data = join(folder, "one", ".wayleave", "data");
    await get(members()[0], "/a.1.js");
    // The history is written within two seconds.
    await until(() => existsSync(data));
    const files = readdirSync(data);
    expect(files.filter((name) => !/^history\.sqlite(?:-wal|-shm)?$/.test(name))).toEqual([]);
  });

  it("shares dictionaries: one process uses those that the other has stored", async () => {
    const [one, two] = members();
    expect((await get(one, "/a.1.js")).body.toString()).toBe(old);
    await until(async () => (await coding(two)) === "dcz");
  });

  it("shares markdown", async () => {
    const [one, two] = members();
    await get(one, "/page/index.md");
    await until(async () => {
      const keys = (await server.ask("KEYS", "wayleave:index:markdown-*")) as string[];
      return keys.length > 0;
    });
    const got = await get(two, "/page/index.md");
    expect(got.headers["cache-status"]).toContain("wayleave; hit");
  });

  it("shares nonces: one process refuses those that the other has accepted", async () => {
    const [one, two] = members();
    const once = await signed("first");
    expect((await get(one, "/signed/", once)).status).toBe(200);
    expect((await get(two, "/signed/", once)).status).toBe(429);
    const race = await signed("race");
    const got = await Promise.all(
      Array.from({ length: 8 }, (_, i) => get(fleet[i % 2] as StartedProxy, "/signed/", race)),
    );
    expect(got.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
  });

  it("continues while Redis hangs, is down, and works again", async () => {
    const pages = async () => {
      for (const member of fleet) {
        expect((await get(member, "/a.2.js", offer)).status).toBe(200);
        const markdown = await get(member, "/page/index.md", { "cache-control": "no-cache" });
        expect(markdown.headers["content-type"]).toBe("text/markdown; charset=utf-8");
      }
    };
    server.freeze();
    await pages();
    server.thaw();
    await pages();
    await server.stop();
    await pages();
    // The server knows nothing any more, so what is shared has to be learnt anew.
    await server.start();
    const [one, two] = members();
    await until(async () => {
      const nonce = await signed(randomBytes(8).toString("hex"));
      await get(one, "/signed/", nonce);
      return (await get(two, "/signed/", nonce)).status === 429;
    });
    await until(() => fleet.every((member) => member.said().includes('"store-up"')));
    for (const member of fleet) {
      expect(member.said()).toContain('"store-down"');
      expect(member.said()).not.toContain("secret");
    }
  });

  it("starts a member while Redis is down", async () => {
    const port = await freePort();
    const third = await start("three", { STORE_URL: `redis://:hush@127.0.0.1:${port}` });
    expect((await get(third, "/a.1.js")).status).toBe(200);
    expect(third.said()).toContain('"store-down"');
    expect(third.said()).not.toContain("hush");
    await third.stop();
  });

  it("reports at the start a user that Redis refuses", async () => {
    const port = String(await freePort());
    const argv = ["start", "--runtime", "node", "--port", port, "--origin", origin.url, "--store"];
    const store = server.url.replace("//", "//:hush@");
    const { code, err } = await runCommand(folder, [...argv, store, "--rules", "rules.jsonc"]);
    expect(code).toBe(2);
    expect(err).toContain("wayleave start: the Redis server refused the connection: WRONGPASS");
    expect(err).not.toContain("hush");
  });
});

describe("--store", () => {
  it("creates the file at the given path, and uses it again", async () => {
    const path = join(folder, "elsewhere", "store.sqlite");
    mkdirSync(join(folder, "elsewhere"));
    const first = await start("alone", {}, "--store", `sqlite:${path}`);
    await get(first, "/a.1.js");
    await until(async () => (await coding(first)) === "dcz");
    await first.stop();
    expect(existsSync(path)).toBe(true);
    expect(existsSync(join(folder, "alone", ".wayleave", "data", "wayleave.sqlite"))).toBe(false);
    const second = await start("alone", { STORE_URL: `sqlite:${path}` });
    expect(await coding(second)).toBe("dcz");
    await second.stop();
  });

  it.each([
    ["file.sqlite", "the store must be sqlite:PATH, redis://HOST or rediss://HOST"],
    ["sqlite:", "the store must be sqlite:PATH, redis://HOST or rediss://HOST"],
    ["redis://u:hush@/1", "the Redis URL is malformed"],
    ["redis://u:hush@h/one", "the path of the Redis URL must be the number of a database"],
  ])("refuses %s in one line that repeats none of it", async (store, why) => {
    const { code, err } = await runCommand(folder, [
      "start",
      "--runtime",
      "node",
      "--store",
      store,
    ]);
    expect({ code, err }).toEqual({ code: 2, err: `wayleave start: ${why}\n` });
  });

  it("creates no folder", async () => {
    const argv = ["start", "--runtime", "node", "--store", "sqlite:none/store.sqlite"];
    const { code, err } = await runCommand(folder, argv);
    const line = "wayleave start: the folder of the store, none, does not exist\n";
    expect({ code, err }).toEqual({ code: 2, err: line });
    expect(existsSync(join(folder, "none"))).toBe(false);
  });

  it("is not used if it fails, and the log says so in one line", async () => {
    const home = join(folder, "without");
    mkdirSync(join(home, "store.sqlite"), { recursive: true });
    const started = await start("without", {}, "--store", "sqlite:store.sqlite");
    for (let i = 0; i < 20; i++) {
      expect((await get(started, "/a.1.js")).body.toString()).toBe(old);
      expect((await get(started, "/page/index.md")).status).toBe(200);
    }
    await until(async () => (await coding(started)) === "dcz");
    await started.stop();
    const told = started.said().match(/"event":"store-[^"]*"/g);
    expect(told).toEqual(['"event":"store-down"']);
    expect(started.said()).not.toMatch(/^ +at /m);
  });

  it("is renamed if it is damaged, in folders that only its owner can read", async () => {
    const data = join(folder, "damaged", ".wayleave", "data");
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, "wayleave.sqlite"), randomBytes(20_000));
    const started = await start("damaged", {});
    await get(started, "/a.1.js");
    await until(async () => (await coding(started)) === "dcz");
    await started.stop();
    expect(started.said()).toContain('"event":"store-set-aside"');
    const aside = readdirSync(data).find((name) => name.includes(".damaged-")) ?? "";
    expect(statSync(join(data, aside)).size).toBe(20_000);
    const mode = (...parts: string[]) => (statSync(join(...parts)).mode & 0o777).toString(8);
    expect([mode(data, ".."), mode(data), mode(data, "wayleave.sqlite")]).toEqual([
      "700",
      "700",
      "600",
    ]);
  });

  it("is for Node; a Worker has its bindings", async () => {
    const { code, err } = await runCommand(folder, ["start", "--store", "redis://h"]);
    expect(code).toBe(2);
    expect(err).toContain("--store needs --runtime node");
  });
});

describe("--host", () => {
  it("is an address, and of loopback in development", async () => {
    const named = await runCommand(folder, ["start", "--host", "example.com"]);
    expect(named.err).toBe('wayleave start: --host must be an IP address, not "example.com"\n');
    const port = String(await freePort());
    const argv = ["start", "--runtime", "node", "--host", "0.0.0.0", "--port", port];
    const open = await runCommand(folder, argv);
    expect(open.code).toBe(2);
    expect(open.err).toContain("need loopback");
  });

  it("listens there", async () => {
    const argv = ["--runtime", "node", "--host", "127.0.0.2"];
    const started = await startCommand(folder, [
      ...argv,
      "--rules",
      "rules.jsonc",
      "--origin",
      origin.url,
    ]);
    expect(started.url).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
    expect((await get(started, "/a.1.js")).status).toBe(200);
    await started.stop();
  });
});
