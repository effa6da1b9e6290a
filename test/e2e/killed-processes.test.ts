// Money and limits when a process is killed (SIGKILL): real processes, on one store.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "../support/cli.ts";
import { send } from "../support/client.ts";
import { startFacilitator, type TestFacilitator } from "../support/facilitator.ts";
import { needs } from "../support/needs.ts";
import { agentsOf, atMost, payingAgent, signedBy, type PayingAgent } from "../support/paying.ts";
import { startRedis } from "../support/redis.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";
import { startWebhook } from "../support/webhook.ts";
import { answerByX402, needsX402, newWallet, type TestToken } from "../support/x402.ts";

const NETWORK = "eip155:84532";
const CONTENT = "the paid content ".repeat(500);
const SECRETS = { LEDGER_SECRET: "a secret of the webhook" };

// Each test starts processes, which takes long on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

let folder: string;
let origin: Server;
let originUrl: string;
/** Responses of /slow/ that are not complete. */
let slow: (() => void)[] = [];
let started: StartedProxy[] = [];

beforeAll(async () => {
  origin = createServer((asked, response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    if (asked.url?.startsWith("/slow/") !== true) return void response.end(CONTENT);
    response.write("slow");
    slow.push(() => response.end());
    return undefined;
  }).listen(0, "127.0.0.1");
  await once(origin, "listening");
  originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
});
afterAll(() => void origin.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-killed-"));
});
afterEach(clear);

async function clear(): Promise<void> {
  for (const end of slow) end();
  slow = [];
  for (const each of started) await each.stop();
  started = [];
  rmSync(folder, { recursive: true, force: true });
}

const SQLITE = "sqlite:store.sqlite";

/**
 * Starts a process on a store.
 *
 * @param ahead seconds by which its clock differs
 */
async function start(rules: object, store = SQLITE, ahead = 0): Promise<StartedProxy> {
  const name = `${randomUUID()}.jsonc`;
  writeFileSync(join(folder, name), JSON.stringify(rules));
  const argv = ["--runtime", "node", "--dev", "--rules", name, "--origin", originUrl];
  const clock = `const now = Date.now; Date.now = () => now() + ${ahead * 1000};`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(clock)}`;
  const proxy = await startCommand(folder, [...argv, "--store", store], {
    ...SECRETS,
    ...(ahead === 0 ? {} : { NODE_OPTIONS }),
  });
  started.push(proxy);
  return proxy;
}

async function kill(proxy: StartedProxy): Promise<void> {
  proxy.signal("SIGKILL");
  // It ends by that signal before this one arrives.
  await proxy.stop();
}

interface Entry {
  readonly kind: string;
  readonly url: string;
  readonly key: string;
  readonly charge: string;
}

async function entries(store = SQLITE): Promise<Entry[]> {
  const { out, err } = await runCommand(folder, ["ledger", "export", "--json", "--store", store]);
  expect(err).toBe("");
  const lines = out.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Entry);
}
const kinds = (found: readonly Entry[]): string[] => found.map(({ kind }) => kind);

/** Sends a request whose process may be killed meanwhile. */
const tryToSend = (url: string, headers: Readonly<Record<string, string>>) =>
  send(url, { headers }).catch(() => ({ status: 0, headers: {}, body: Buffer.alloc(0) }));

describe("a process that is killed while a facilitator settles", needsX402, () => {
  let facilitator: TestFacilitator;
  let token: TestToken;
  let rules: object;
  const offerOf = async (url: string) =>
    String((await send(url)).headers["payment-required"] ?? "");

  beforeEach(async () => {
    facilitator = await startFacilitator();
    token = answerByX402(facilitator, NETWORK);
    const x402 = {
      facilitator: facilitator.url,
      network: NETWORK,
      asset: "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
      name: "USDC",
      version: "2",
      payTo: "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
    };
    const access = { action: "charge", price: "USD 0.01", settle: "x402", x402 };
    rules = { rules: [{ name: "paid", match: { path: "/paid/*" }, access }] };
  });
  afterEach(() => facilitator.close());

  /** Makes the next `/settle` do its work, or not, tell that, and never answer. */
  function hang(transfers: boolean): Promise<void> {
    const settle = facilitator.answers.get("/settle") as (call: object) => Promise<object>;
    return new Promise((resolve, reject) => {
      facilitator.answers.set("/settle", async (call) => {
        facilitator.answers.set("/settle", settle);
        if (transfers) await settle(call).catch(reject);
        resolve();
        return new Promise(() => {});
      });
    });
  }

  it("leaves one open charge and one transfer, and no payment buys twice", async () => {
    const first = await start(rules);
    const url = `${first.url}/paid/a`;
    const wallet = newWallet();
    const payment = await wallet.pay(await offerOf(url));
    const hanging = hang(true);
    const answer = tryToSend(url, payment);
    await hanging;
    await kill(first);
    expect((await answer).body.toString()).not.toContain("paid content");
    expect(token.transfers).toHaveLength(1);

    const second = await start(rules);
    const again = await tryToSend(`${second.url}/paid/a`, payment);
    expect(again.status).toBeGreaterThanOrEqual(402);
    expect(again.body.toString()).not.toContain("paid content");
    expect(kinds(await entries())).toEqual(["charge"]);
    expect(token.transfers).toHaveLength(1);

    // A new payment for the same page is a new charge: the open one does not count as bought.
    const page = `${second.url}/paid/a`;
    const bought = await send(page, { headers: await wallet.pay(await offerOf(page)) });
    expect([bought.status, bought.body.toString()]).toEqual([200, CONTENT]);
    expect(token.transfers).toHaveLength(2);
    await second.stop();
    expect(kinds(await entries())).toEqual(["charge", "charge", "settled"]);
  });

  it("the same payment settles the open charge later, if nothing was transferred", async () => {
    // The charge is open for others after 60 seconds.
    const first = await start(rules, SQLITE, -62);
    const url = `${first.url}/paid/b`;
    const payment = await newWallet().pay(await offerOf(url));
    const hanging = hang(false);
    const answer = tryToSend(url, payment);
    await hanging;
    await kill(first);
    expect((await answer).body.toString()).not.toContain("paid content");
    expect(token.transfers).toHaveLength(0);

    // The page of the charge is that of its address.
    const { port } = new URL(first.url);
    const second = await start({ ...rules, publicOrigin: `http://127.0.0.1:${port}` });
    const settled = await send(`${second.url}/paid/b`, { headers: payment });
    expect([settled.status, settled.body.toString()]).toEqual([200, CONTENT]);
    expect(token.transfers).toHaveLength(1);
    await second.stop();
    const found = await entries();
    expect(kinds(found)).toEqual(["charge", "settled"]);
    expect(found[1]?.charge).toBe(found[0]?.key);
  });

  it(
    "two processes on one Redis sell one response for a payment, also after a kill",
    needs("redis-server"),
    async () => {
      const redis = await startRedis(["--appendonly", "yes"]);
      try {
        const both = [await start(rules, redis.url), await start(rules, redis.url)];
        const [one, two] = both as [StartedProxy, StartedProxy];
        const bought: string[] = [];
        for (let i = 0; i < 6; i++) {
          const payment = await newWallet().pay(await offerOf(`${one.url}/paid/${i}`));
          const all = await Promise.all(
            [one, two, one, two].map(({ url }) => tryToSend(`${url}/paid/${i}`, payment)),
          );
          const sold = all.filter(({ body }) => body.toString() === CONTENT);
          expect(sold.map(({ status }) => status)).toEqual([200]);
          bought.push(`/paid/${i}`);
        }
        expect(token.transfers).toHaveLength(6);

        const payment = await newWallet().pay(await offerOf(`${one.url}/paid/x`));
        const hanging = hang(true);
        const answer = tryToSend(`${one.url}/paid/x`, payment);
        await hanging;
        await kill(one);
        expect((await answer).body.toString()).not.toContain("paid content");
        const elsewhere = await tryToSend(`${two.url}/paid/x`, payment);
        expect(elsewhere.body.toString()).not.toContain("paid content");
        expect(token.transfers).toHaveLength(7);
        const last = await newWallet().pay(await offerOf(`${two.url}/paid/y`));
        expect((await send(`${two.url}/paid/y`, { headers: last })).status).toBe(200);
        await two.stop();
        const found = await entries(redis.url);
        const count = (kind: string) => kinds(found).filter((each) => each === kind).length;
        expect([count("charge"), count("settled"), count("void")]).toEqual([8, 7, 0]);
        expect(new Set(found.map(({ key }) => key)).size).toBe(found.length);
      } finally {
        for (const each of started) await each.stop();
        await redis.close();
      }
    },
  );
});

describe("a process that is killed while it charges accounts", () => {
  let bot: PayingAgent;
  beforeAll(async () => {
    bot = await payingAgent("PayBot");
  });
  const rulesWith = (access: object) => ({
    agents: agentsOf([bot]),
    rules: [
      {
        name: "paid",
        match: { path: "/paid/*" },
        access: { action: "charge", price: "USD 0.01", ...access },
      },
    ],
  });

  it("has charged each content that arrived, and none twice", async () => {
    const first = await start(rulesWith({ credit: "USD 100" }));
    const { port } = new URL(first.url);
    const publicOrigin = `http://127.0.0.1:${port}`;
    const asked = await Promise.all(
      Array.from({ length: 120 }, async (_, i) => {
        const path = `/paid/${i}`;
        return { path, headers: await signedBy(bot, publicOrigin + path, atMost("USD 0.01")) };
      }),
    );
    let arrived = 0;
    const answers = new Map<string, number>();
    const waiting = [...asked];
    const client = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const { status, body } = await tryToSend(first.url + next.path, next.headers);
        const isWhole = status === 200 && body.toString() === CONTENT;
        answers.set(next.path, isWhole ? 200 : status === 200 ? 0 : status);
        // The others are at any point between the request and the last byte.
        if (isWhole && ++arrived === 40) await kill(first);
      }
    };
    await Promise.all(Array.from({ length: 16 }, client));
    const lost = asked.filter(({ path }) => answers.get(path) !== 200);
    expect(lost.length).toBeGreaterThan(0);

    // The same requests again: content that was charged before is not charged again.
    const second = await start({ ...rulesWith({ credit: "USD 100" }), publicOrigin });
    for (const { path, headers } of lost) {
      const { status, body } = await send(second.url + path, { headers });
      expect([path, status, body.toString()]).toEqual([path, 200, CONTENT]);
    }
    await second.stop();
    const found = await entries();
    const charged = found.filter(({ kind }) => kind === "charge").map(({ url }) => url);
    expect(charged.toSorted()).toEqual(asked.map(({ path }) => publicOrigin + path).toSorted());
    const { out } = await runCommand(folder, ["ledger", "balance", "--store", SQLITE]);
    expect(out).toBe("PayBot: USD -1.20\n");
  });

  it("leaves an open charge if the webhook had not answered, and sells nothing", async () => {
    const webhook = await startWebhook();
    const access = { webhook: webhook.url, settleWithin: "20s" };
    const first = await start(rulesWith(access));
    const url = `${first.url}/paid/a`;
    const got = new Promise<void>((resolve) => {
      webhook.answer = () => resolve();
    });
    const headers = await signedBy(bot, url, atMost("USD 0.01"));
    const answer = tryToSend(url, headers);
    await got;
    await kill(first);
    expect((await answer).body.toString()).not.toContain("paid content");
    const second = await start({ ...rulesWith(access), publicOrigin: new URL(url).origin });
    const again = await tryToSend(`${second.url}/paid/a`, headers);
    expect(again.body.toString()).not.toContain("paid content");
    expect(again.headers).toMatchObject({ "crawler-error": "InternalError" });
    await second.stop();
    expect(kinds(await entries())).toEqual(["charge"]);
    await webhook.close();
  });
});

describe("a process that is killed with slots of a limit", () => {
  const rules = {
    rules: [
      {
        name: "two at once",
        match: { path: "/slow/*" },
        access: { action: "limit", concurrent: 2 },
      },
      {
        name: "many",
        match: { path: "/many/*" },
        access: { action: "limit", requests: 1000, per: "1h" },
      },
    ],
  };
  /** Repeats a test in which a busy machine made memory count, which no process shares. */
  const steadily = (test: () => Promise<void>) => async (): Promise<void> => {
    for (let left = 2; ; left--) {
      try {
        return await test();
      } catch (error) {
        const isSlow = started.some((proxy) => proxy.said().includes('"rates-failing"'));
        if (!isSlow || left === 0) throw error;
        await clear();
        folder = mkdtempSync(join(tmpdir(), "wayleave-killed-"));
      }
    }
  };
  /** On a busy machine, memory counts until the file is open. */
  const untilCounting = async (proxy: StartedProxy): Promise<void> => {
    for (;;) {
      await send(`${proxy.url}/many/a`);
      const changes = proxy.said().match(/"rates-(?:failing|work)"/g) ?? [];
      if (changes.at(-1) !== '"rates-failing"') return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  /** Opens a response that does not end, and resolves with its status. */
  const open = (url: string): Promise<number> =>
    new Promise((resolve) => {
      const asking = request(url, (response) => {
        response.on("error", () => {}).resume();
        resolve(response.statusCode ?? 0);
      });
      asking.on("error", () => resolve(0)).end();
    });

  it(
    "gives them back after 60 seconds, to other processes on SQLite",
    steadily(async () => {
      const first = await start(rules);
      await untilCounting(first);
      expect(await open(`${first.url}/slow/a`)).toBe(200);
      expect(await open(`${first.url}/slow/b`)).toBe(200);
      expect(await open(`${first.url}/slow/c`)).toBe(429);
      const second = await start(rules);
      await untilCounting(second);
      expect(await open(`${second.url}/slow/d`)).toBe(429);
      await kill(first);
      expect(await open(`${second.url}/slow/e`)).toBe(429);
      const later = await start(rules, SQLITE, 62);
      await untilCounting(later);
      expect(await open(`${later.url}/slow/f`)).toBe(200);
      expect(await open(`${later.url}/slow/g`)).toBe(200);
      expect(await open(`${later.url}/slow/h`)).toBe(429);
    }),
  );

  it(
    "gives them back after 60 seconds on Redis",
    needs("redis-server"),
    steadily(async () => {
      const redis = await startRedis();
      try {
        const first = await start(rules, redis.url);
        const second = await start(rules, redis.url);
        expect(await open(`${first.url}/slow/a`)).toBe(200);
        expect(await open(`${first.url}/slow/b`)).toBe(200);
        expect(await open(`${second.url}/slow/c`)).toBe(429);
        await kill(first);
        expect(await open(`${second.url}/slow/d`)).toBe(429);
        await redis.age(62);
        expect(await open(`${second.url}/slow/e`)).toBe(200);
      } finally {
        for (const end of slow) end();
        for (const each of started) await each.stop();
        await redis.close();
      }
    }),
  );
});
