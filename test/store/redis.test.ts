import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../support/needs.ts";
import { parseRedisUrl } from "../../src/store/adapters/redis/address.ts";
import { redisStore, type RedisStore } from "../../src/store/adapters/redis/index.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { freePort } from "../support/runtimes.ts";

const PASSWORD = "s3cret/:@ pass";

/** Tries until it succeeds, for at most twenty seconds. */
async function eventually<T>(act: () => Promise<T>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const redis = needs("redis-server");

describe("the URL of a Redis server", () => {
  test("names all that is needed, percent-encoded", () => {
    const user = `app:${encodeURIComponent(PASSWORD)}`;
    expect(parseRedisUrl(`rediss://${user}@[::1]:7000/3?prefix=shop:`)).toEqual({
      tls: true,
      host: "::1",
      port: 7000,
      username: "app",
      password: PASSWORD,
      database: 3,
      prefix: "shop:",
    });
    expect(parseRedisUrl("redis://cache.internal")).toMatchObject({
      tls: false,
      port: 6379,
      username: undefined,
      password: undefined,
      database: 0,
      prefix: "wayleave:",
    });
  });

  test.each([
    "",
    "cache:6379",
    `http://u:${PASSWORD}@h`,
    `redis://u:hush@`,
    `redis://u:hush@h/zero`,
    `redis://u:hush@h?tls=1`,
    `redis://u:hush%zz@h`,
    `redis://u:hush@h:999999`,
  ])("is refused without a word of it: %s", (url) => {
    const refuse = () => parseRedisUrl(url);
    expect(refuse).toThrow(TypeError);
    expect(refuse).not.toThrow(/hush|s3cret/);
  });
});

describe("a store on Redis", redis, () => {
  let server: TestRedis;
  let store: RedisStore;

  beforeAll(async () => {
    server = await startRedis();
    store = redisStore({ url: server.url, timeout: 2000 });
  });
  afterAll(async () => {
    store?.close?.();
    await server?.close();
  });

  test("keeps several sites in one server apart, and all of its keys under the prefix", async () => {
    const other = redisStore({ url: `${server.url}?prefix=other:` });
    await store.index.put("key", "ours", 60);
    await store.blobs.put("key", Uint8Array.of(1), 60);
    await store.ledger.change("key", [{ key: "key", value: "ours", ttl: 60 }]);
    expect(await store.ledger.claim("key", "key", 60)).toBe(true);
    expect(await store.replay.seen("key", Date.now() / 1000 + 60)).toBe(false);
    expect(await other.index.get("key")).toBeUndefined();
    expect(await other.blobs.get("key")).toBeUndefined();
    expect((await other.ledger.read("key")).size).toBe(0);
    expect(await other.ledger.claim("key", "key", 60)).toBe(true);
    expect(await other.replay.seen("key", Date.now() / 1000 + 60)).toBe(false);
    other.close?.();
    const keys = (await server.ask("KEYS", "*")) as string[];
    expect(keys.filter((key) => !/^(?:wayleave|other):/.test(key))).toEqual([]);
  });

  test("lets every key end by itself", async () => {
    const keys = (await server.ask("KEYS", "*")) as string[];
    expect(keys.length).toBeGreaterThan(5);
    for (const key of keys) expect(await server.ask("PTTL", key)).toBeGreaterThan(0);
  });

  test("removes expired entries of a group when the group is written", async () => {
    const field = (key: string, ttl: number) => [{ key, value: "1", ttl }];
    await store.ledger.change("cleaned", field("old", 10));
    await store.ledger.change("cleaned", field("new", 1000));
    await server.age(20);
    expect(await server.ask("HLEN", "wayleave:ledger:cleaned")).toBe(2);
    await store.ledger.change("cleaned", field("newer", 100));
    expect(await server.ask("HKEYS", "wayleave:ledger:cleaned")).toEqual(["new", "newer"]);
    await server.age(1000);
    expect(await server.ask("EXISTS", "wayleave:ledger:cleaned")).toBe(0);
  });

  test("refuses blobs over its bound quietly, and accepts any below", async () => {
    const small = redisStore({ url: server.url, maxBlobBytes: 1000 });
    await small.blobs.put("large", new Uint8Array(1001), 60);
    expect(await small.blobs.get("large")).toBeUndefined();
    await small.blobs.put("fits", new Uint8Array(1000).fill(7), 60);
    expect(await small.blobs.get("fits")).toEqual(new Uint8Array(1000).fill(7));
    small.close?.();
    const most = new Uint8Array(8 * 1024 * 1024).fill(3);
    await store.blobs.put("most", most, 60);
    expect(Buffer.from((await store.blobs.get("most")) ?? []).equals(Buffer.from(most))).toBe(true);
  });

  test("grants a claim to one of several processes", async () => {
    const claimer = join(import.meta.dirname, "claimer.ts");
    const run = () =>
      promisify(execFile)(process.execPath, ["--no-warnings", claimer, server.url, "100"]);
    const got = await Promise.all([run(), run(), run()]);
    const all = got.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test("knows a nonce from its second time on, and forgets it at its end", async () => {
    let time = 1000;
    const timed = redisStore({ url: server.url, now: () => time });
    expect(await timed.replay.seen("a", 1100)).toBe(false);
    expect(await timed.replay.seen("a", 1100)).toBe(true);
    const many = await Promise.all(
      Array.from({ length: 50 }, () => timed.replay.seen("race", 1100)),
    );
    expect(many.filter((each) => !each)).toHaveLength(1);
    time = 1100;
    await server.age(100);
    expect(await timed.replay.seen("a", 1300)).toBe(false);
    timed.close?.();
  });
});

describe("a Redis server that fails", redis, () => {
  const all = (store: RedisStore): (() => Promise<unknown>)[] => [
    () => store.blobs.get("a"),
    () => store.blobs.put("a", Uint8Array.of(1), 60),
    () => store.blobs.delete("a"),
    () => store.index.get("a"),
    () => store.index.put("a", "1", 60),
    () => store.ledger.read("a"),
    () => store.ledger.change("a", [{ key: "a", value: "1", ttl: 60 }]),
    () => store.ledger.claim("a", `claim ${Math.random()}`, 60),
    () => store.replay.seen(`seen ${Math.random()}`, Date.now() / 1000 + 60),
  ];

  test("is noticed, reported once, and used again once it is back", async () => {
    const server = await startRedis();
    const told: string[] = [];
    const store = redisStore({
      url: server.url,
      onDown: (reason) => told.push(`down: ${reason}`),
      onUp: () => told.push("up"),
    });
    for (const operation of all(store)) await operation();
    await server.stop();
    for (const operation of all(store)) await expect(operation()).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (const operation of all(store)) await expect(operation()).rejects.toThrow("no connection");
    await server.start();
    await eventually(() => store.index.put("a", "1", 60));
    for (const operation of all(store)) await operation();
    expect(told).toEqual([expect.stringMatching(/^down: /), "up"]);
    store.close?.();
    await server.close();
  });

  test("that has become a replica is left for the server that its name leads to", async () => {
    const [former, promoted] = await Promise.all([startRedis(), startRedis()]);
    let leadsTo = former.port;
    const name = createServer((client) => {
      const server = connect(leadsTo, "127.0.0.1");
      client.pipe(server).pipe(client);
      for (const each of [client, server]) each.on("error", () => {});
    });
    name.listen(0, "127.0.0.1");
    await once(name, "listening");
    const { port } = name.address() as AddressInfo;
    const told: string[] = [];
    const store = redisStore({
      url: `redis://127.0.0.1:${port}`,
      onDown: (reason) => told.push(reason),
      timeout: 5000,
    });
    await store.index.put("a", "1", 60);
    leadsTo = promoted.port;
    await former.ask("REPLICAOF", "127.0.0.1", String(promoted.port));
    await expect(store.index.put("a", "2", 60)).rejects.toThrow("READONLY");
    await eventually(() => store.index.put("a", "3", 60));
    expect(await store.index.get("a")).toBe("3");
    expect(await promoted.ask("DBSIZE")).toBe(1);
    expect(told).toEqual([]);
    store.close?.();
    name.close();
    await Promise.all([former.close(), promoted.close()]);
  });

  test("that hangs costs its timeout, then nothing, until it answers again", async () => {
    const server = await startRedis();
    const store = redisStore({ url: server.url, timeout: 2000, connectTimeout: 2000 });
    for (const operation of all(store)) await operation();
    server.freeze();
    const first = await Promise.allSettled(all(store).map((operation) => operation()));
    expect(first.map(({ status }) => status)).toEqual(first.map(() => "rejected"));
    // The connection is given up by now: what comes next is not even sent.
    for (const operation of all(store)) await expect(operation()).rejects.toThrow("no connection");
    server.thaw();
    await eventually(() => store.index.get("a"));
    for (const operation of all(store)) await operation();
    store.close?.();
    await server.close();
  });

  test("that is not there at first is found later", async () => {
    const server = await startRedis();
    await server.stop();
    const store = redisStore({ url: server.url });
    expect(await store.opened).toBeInstanceOf(Error);
    await expect(store.index.get("a")).rejects.toThrow("no connection");
    await server.start();
    await eventually(() => store.index.put("a", "1", 60));
    store.close?.();
    await server.close();
  });

  test("that accepts connections and never answers is abandoned, and tried again", async () => {
    let count = 0;
    const silent: Server = createServer(() => count++);
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const store = redisStore({ url: `redis://127.0.0.1:${port}`, connectTimeout: 100 });
    expect(await store.opened).toBeInstanceOf(Error);
    await eventually(async () => expect(count).toBeGreaterThan(1));
    store.close?.();
    silent.close();
  });

  test("with too many operations under way accepts no more, and recovers", async () => {
    const server = await startRedis();
    const store = redisStore({ url: server.url, timeout: 3000 });
    await store.index.put("a", "1", 60);
    server.freeze();
    const asked = Array.from({ length: 1200 }, () => store.index.get("a").then(String, String));
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.thaw();
    const answers = await Promise.all(asked);
    expect(answers.filter((each) => each === "1")).toHaveLength(1000);
    expect(answers.filter((each) => each.includes("too many"))).toHaveLength(200);
    expect(await store.index.get("a")).toBe("1");
    store.close?.();
    await server.close();
  });

  test("ends all that is under way when the store is closed", async () => {
    const server = await startRedis();
    const store = redisStore({ url: server.url, timeout: 60_000 });
    await store.index.put("a", "1", 60);
    server.freeze();
    const asked = store.index.get("a");
    store.close?.();
    await expect(asked).rejects.toThrow();
    await expect(store.index.get("a")).rejects.toThrow();
    await server.close();
  });
});

test(
  "a server whose memory is full stores nothing new, and still serves reads",
  redis,
  async () => {
    const server = await startRedis(["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"]);
    const store = redisStore({ url: server.url });
    await store.index.put("before", "1", 60);
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await store.blobs.put(`${i}`, new Uint8Array(500_000), 60);
    };
    await expect(fill()).rejects.toThrow("OOM");
    expect(await store.index.get("before")).toBe("1");
    expect(await store.blobs.get("0")).toEqual(new Uint8Array(500_000));
    store.close?.();
    await server.close();
  },
);

describe("passwords", redis, () => {
  test("a wrong one is reported at once, and is in no message", async () => {
    const server = await startRedis(["--requirepass", PASSWORD], { password: PASSWORD });
    const said: string[] = [];
    const open = (url: string) => redisStore({ url, onDown: (reason) => said.push(reason) });
    for (const user of ["", ":wrong@", "nobody:wrong@"]) {
      const store = open(server.url.replace("//", `//${user}`));
      expect(await store.opened).toBeInstanceOf(Error);
      said.push(String(await store.opened), JSON.stringify(await store.opened));
      const failed = await store.index.get("a").catch((error: unknown) => error);
      said.push(String(failed), String((failed as Error).cause), (failed as Error).stack ?? "");
      store.close?.();
    }
    expect(said.join("\n")).toMatch(/WRONGPASS|NOAUTH/);
    expect(said.join("\n")).not.toMatch(/wrong@|s3cret/);
    const right = open(server.url.replace("//", `//:${encodeURIComponent(PASSWORD)}@`));
    await right.index.put("a", "1", 60);
    expect(await right.index.get("a")).toBe("1");
    right.close?.();
    await server.close();
  });

  test("a user needs no more than the documented rights", async () => {
    const docs = readFileSync(join(import.meta.dirname, "../../docs/self-hosting.md"), "utf8");
    const rights = /^ACL SETUSER wayleave on >PASSWORD (.*)$/m.exec(docs)?.[1] ?? "none";
    const server = await startRedis(["--user", ...`app on >pass ${rights}`.split(" ")]);
    const store = redisStore({ url: server.url.replace("//", "//app:pass@") });
    expect(await store.opened).toBeUndefined();
    await store.blobs.put("a", Uint8Array.of(1), 60);
    expect(await store.blobs.get("a")).toEqual(Uint8Array.of(1));
    await store.blobs.delete("a");
    await store.index.put("a", "1", 60);
    expect(await store.index.get("a")).toBe("1");
    await store.ledger.change("a", [{ key: "a", value: "1", ttl: 60 }]);
    expect((await store.ledger.read("a")).get("a")).toBe("1");
    expect(await store.ledger.claim("a", "a", 60)).toBe(true);
    expect(await store.replay.seen("a", Date.now() / 1000 + 60)).toBe(false);
    store.close?.();
    await server.close();
  });
});

const withTls = needs("redis-server", "openssl");

test("TLS is used, and an unknown authority refused", withTls, async () => {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-tls-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  execFileSync(
    "openssl",
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${certificate}`.split(
      " ",
    ),
    { stdio: "ignore" },
  );
  const tlsPort = await freePort();
  const server = await startRedis(
    `--tls-port ${tlsPort} --tls-auth-clients no --tls-cert-file ${certificate} --tls-key-file ${key} --tls-ca-cert-file ${certificate}`.split(
      " ",
    ),
  );
  const url = `rediss://localhost:${tlsPort}`;
  const stranger = redisStore({ url });
  expect(String(await stranger.opened)).toMatch(/self-signed|certificate/);
  stranger.close?.();
  const claimer = join(import.meta.dirname, "claimer.ts");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--no-warnings", claimer, url, "3"],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate } },
  );
  expect(JSON.parse(stdout)).toEqual([0, 1, 2]);
  await server.close();
  rmSync(folder, { recursive: true });
});
