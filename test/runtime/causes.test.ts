import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROBLEMS, type ProblemName } from "../../src/http/problem.ts";
import { storedGenerations } from "../../src/store/generations.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { send } from "../support/client.ts";
import { startKv, type TestKv } from "../support/kv.ts";
import { CAUSES, linesOf } from "../support/log-lines.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type ProxyOptions, type RuntimeName } from "../support/runtimes.ts";

const TOKEN = "a-token-for-tests-hunter2";
const LAST = "Host: a.example\r\nConnection: close\r\n";

/** How a 5xx of ours comes about, and the line that says why. */
interface Case {
  readonly options?: (kv: TestKv) => Partial<ProxyOptions>;
  /** What the origin sends before it closes the connection. @default nothing */
  readonly origin?: string;
  /** It leaves the connection open. */
  readonly isSilent?: true;
  readonly ask: (url: string) => Promise<number | undefined>;
  readonly node: object;
  /** @default as on Node; undefined where workerd itself answers, or it can't come about */
  readonly workerd?: object | undefined;
}

const get = async (url: string): Promise<number> => (await send(`${url}/?a=hunter2`)).status;
const raw = (bytes: string) => async (url: string) => statusOf(await sendRaw(url, bytes));

const CASES: Readonly<Record<string, Case & { readonly problem: ProblemName }>> = {
  "the proxy throws": {
    problem: "internal",
    options: () => ({
      logLevel: "requests",
      rules: { defaults: { markdown: true } },
      platform: {
        clock: () => {
          throw new Error("a defect at /?a=hunter2");
        },
      },
    }),
    ask: get,
    node: {
      event: "internal-error",
      code: "internal",
      error: expect.stringContaining("\n    at "),
    },
    workerd: undefined,
  },
  "a method is not forwarded": {
    problem: "not-implemented",
    ask: raw(`TRACE / HTTP/1.1\r\n${LAST}\r\n`),
    node: { event: "request-refused", code: "not-implemented", phase: "admission" },
  },
  "a transfer coding is unknown": {
    problem: "not-implemented",
    ask: raw(`POST / HTTP/1.1\r\n${LAST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`),
    node: { event: "request-refused", code: "not-implemented", phase: "admission" },
    workerd: undefined,
  },
  "a connection is to be tunnelled": {
    problem: "not-implemented",
    ask: raw(`CONNECT a.example:443 HTTP/1.1\r\n${LAST}\r\n`),
    node: { event: "request-refused", code: "not-implemented", method: "CONNECT" },
    workerd: undefined,
  },
  "an upgrade has content": {
    problem: "not-implemented",
    ask: raw(
      `GET / HTTP/1.1\r\n${LAST.replace("close", "Upgrade")}Upgrade: websocket\r\nContent-Length: 1\r\n\r\na`,
    ),
    node: { event: "request-refused", code: "not-implemented" },
    workerd: undefined,
  },
  "nothing listens at the origin": {
    problem: "origin-unreachable",
    options: () => ({ origin: "http://127.0.0.1:9" }),
    ask: get,
    node: {
      event: "origin-failed",
      code: "refused",
      phase: "connect",
      origin: "http://127.0.0.1:9",
      error: expect.stringContaining("ECONNREFUSED"),
    },
    workerd: { event: "origin-failed", code: "unknown", origin: "http://127.0.0.1:9" },
  },
  "the origin closes without a response": {
    problem: "origin-unreachable",
    ask: get,
    node: { event: "origin-failed", code: "closed", phase: "head" },
    workerd: { event: "origin-failed", code: "unknown" },
  },
  "the origin speaks no HTTP": {
    problem: "origin-malformed",
    origin: "SSH-2.0-OpenSSH_9.2\r\n",
    ask: get,
    node: { event: "origin-failed", code: "malformed", phase: "head" },
    workerd: undefined,
  },
  "the origin is silent": {
    problem: "origin-timeout",
    isSilent: true,
    ask: get,
    node: { event: "origin-failed", code: "timeout-head", phase: "head" },
  },
  "the store is away when something is purged": {
    problem: "store-unavailable",
    options: (kv) => ({ purgeToken: TOKEN, kv: kv.url, platform: awayStore() }),
    ask: async (url) => {
      const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
      const body = JSON.stringify({ group: "/a?b=hunter2" });
      return (await send(`${url}/.wayleave/purge`, { method: "POST", headers, body })).status;
    },
    node: { event: "request-failed", code: "store-unavailable", phase: "endpoint" },
  },
  "the origin is to be up and is not": {
    problem: "not-ready",
    options: () => ({ origin: "http://127.0.0.1:9", rules: { health: { origin: true } } }),
    ask: async (url) => (await send(`${url}/readyz?a=hunter2`)).status,
    node: { event: "request-failed", code: "not-ready", phase: "endpoint" },
    // Without an origin, a Worker is never found ready to be tested.
    workerd: undefined,
  },
  "a version of HTTP is unknown": {
    problem: "version-not-supported",
    ask: raw(`GET / HTTP/2.0\r\n${LAST}\r\n`),
    node: { event: "request-refused", code: "version-not-supported" },
    workerd: undefined,
  },
};

/** A store whose index can't be written. */
function awayStore(): Partial<ProxyOptions["platform"] & object> {
  const store = memoryStore();
  const put = () => Promise.reject(new Error("redis://user:hunter2@host is away"));
  const index = { ...store.index, get: (key: string) => store.index.get(key), put };
  return { generations: storedGenerations({ index, clock: Date.now }) };
}

it("every 5xx of the proxy is in the table", () => {
  // Rules that can't be read are in faulty-rules.test.ts: only a Worker goes on without any. A key
  // directory that is being fetched is in challenges.test.ts, a ledger that fails in charges.test.ts, and
  // limits that can't count in features/access/limit.
  const others = [
    "rules-faulty",
    "directory-pending",
    "payment-unavailable",
    "temporary-reduced-capacity",
  ];
  const made = new Set([...Object.values(CASES).map(({ problem }) => problem), ...others]);
  const known = Object.entries(PROBLEMS).filter(([, { status }]) => status >= 500);
  expect([...made].sort()).toEqual(known.map(([name]) => name).sort());
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("each 5xx of the proxy on %s", (runtime) => {
  let origin: RawOrigin;
  let kv: TestKv;

  beforeAll(async () => {
    origin = await startRawOrigin();
    kv = await startKv();
  });
  afterAll(async () => {
    await origin?.close();
    await kv?.close();
  });

  it.each(Object.keys(CASES))("has one line with the cause if %s", async (what) => {
    const { ask, node, problem, options, ...other } = CASES[what] as Case & {
      problem: ProblemName;
    };
    const expected = runtime === "workerd" && "workerd" in other ? other.workerd : node;
    if (expected === undefined) return;
    origin.answer = () => ({ bytes: other.origin ?? "", close: other.isSilent !== true });
    kv.mode = "works";
    const proxy: Proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      originTimeout: 700,
      logLevel: "errors",
      rules: {},
      ...options?.(kv),
    });
    try {
      kv.mode = "fails";
      const { status } = PROBLEMS[problem];
      expect(await ask(proxy.url)).toBe(status);
      const causes = () => linesOf(proxy, ...CAUSES);
      await expect.poll(causes, { timeout: 5000 }).toHaveLength(1);
      // Nothing else comes behind it.
      await sleep(100);
      expect(causes()).toMatchObject([{ level: "warn", status, ...expected }]);
      expect(proxy.log.join("")).not.toContain("hunter2");
    } finally {
      await proxy.close();
    }
  });
});
