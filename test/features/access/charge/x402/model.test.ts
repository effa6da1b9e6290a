// Thousands of random exchanges with a facilitator and a token in memory, against a model of what may happen.
import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { wayleave } from "../../../../../src/middleware.ts";
import { memoryAccounts } from "../../../../../src/store/memory-accounts.ts";
import type { AccountEntry } from "../../../../../src/store/accounts.ts";
import {
  paymentId,
  type TransferAuthorization,
} from "../../../../../src/features/access/charge/x402/payment.ts";
import { runsOf } from "../../../../support/sample.ts";
import { fieldOf, OFFER } from "./sample.ts";

const EXCHANGES = runsOf(10_000, 5000);
const FACILITATOR = "https://facilitator.example";
const SITE = "https://www.example.com";
/** Seconds for which content remains free for a payer. */
const WINDOW = 120;
/** Atomic units by folder. */
const PRICES: Readonly<Record<string, string>> = { cheap: "10000", dear: "20000" };

/** Numbers that depend on the seed alone. */
function random(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    below: (most: number): number => Math.floor(next() * most),
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T,
    chance: (of: number): boolean => next() < of,
  };
}

interface Signed {
  readonly header: string;
  readonly id: string;
  readonly from: string;
  readonly value: string;
  readonly validBefore: number;
}

type Origin = "content" | "404" | "500" | "302" | "304" | "204" | "empty" | "broken";
/** A blind facilitator does not notice that a nonce was used. */
type Verifying = "good" | "blind" | "refuses" | "500" | "breaks" | "nonsense";
type Settling =
  | "good"
  | "refuses"
  | "500"
  | "breaks"
  | "moves, then breaks"
  | "moves, then 500"
  | "nonsense"
  | "pending";

/** One world: a site with two instances of the proxy, a facilitator, a token, and a clock. */
class World {
  now = 1_780_000_000;
  readonly accounts = memoryAccounts();
  /** Payments by nonce for which money moved, and the number of transfers. */
  readonly moved = new Map<string, number>();
  /** Payments for which the origin server had sent content before /settle was called. */
  origin: Origin = "content";
  verifying: Verifying = "good";
  settling: Settling = "good";
  /** Content that the origin server has sent, as a whole. */
  contents = 0;
  readonly faults: string[] = [];
  #instances: Hono[] = [];

  constructor() {
    this.#instances = [this.#start(), this.#start()];
  }

  #start(): Hono {
    const app = new Hono();
    const x402 = {
      facilitator: FACILITATOR,
      network: OFFER.network,
      asset: OFFER.asset,
      name: "USDC",
      version: "2",
      payTo: OFFER.payTo,
      maxTimeoutSeconds: OFFER.maxTimeoutSeconds,
      timeout: "1s",
    };
    const rule = (path: string, price: string) => ({
      name: path,
      match: { path: `/${path}/*` },
      access: {
        action: "charge" as const,
        price,
        settle: "x402" as const,
        x402,
        window: `${WINDOW}s`,
      },
    });
    app.use(
      wayleave({
        rules: { rules: [rule("cheap", "USD 0.01"), rule("dear", "USD 0.02")] },
        accounts: this.accounts,
        now: () => this.now,
        fetch: (async (url: string, init: RequestInit) =>
          this.#facilitate(url, init)) as typeof fetch,
        log: { info: () => {}, warn: () => {} },
        sinks: [],
      }),
    );
    app.all("*", (context) => this.#answer(context.req.path));
    return app;
  }

  #answer(path: string): Response {
    switch (this.origin) {
      case "content":
        this.contents++;
        return new Response(`content of ${path}`);
      case "empty":
        return new Response("", { headers: { "content-length": "0" } });
      case "204":
      case "304":
        return new Response(null, { status: Number(this.origin) });
      case "302":
        return new Response(null, { status: 302, headers: { location: "/" } });
      case "broken":
        return new Response(
          new ReadableStream({
            start: (controller) =>
              controller.enqueue(new TextEncoder().encode(`content of ${path}`)),
            pull: (controller) => controller.error(new Error("broken off")),
          }),
        );
      default:
        return new Response("no content", { status: Number(this.origin) });
    }
  }

  async #facilitate(url: string, init: RequestInit): Promise<Response> {
    const json = (value: object, status = 200) => Response.json(value, { status });
    if (url.endsWith("/supported")) return json({ kinds: [] });
    const { paymentPayload } = JSON.parse(init.body as string) as {
      paymentPayload: { accepted: typeof OFFER; payload: { authorization: TransferAuthorization } };
    };
    const { accepted, payload } = paymentPayload;
    const { authorization } = payload;
    const id = paymentId(accepted, authorization);
    const isVerify = url.endsWith("/verify");
    const how = isVerify ? this.verifying : this.settling;
    const isUsed = this.moved.has(id);
    const isGood = Number(authorization.validBefore) > this.now && !isUsed;
    if (how === "500") return json({}, 500);
    if (how === "breaks") throw new TypeError("broken off");
    if (how === "nonsense") return json({ hello: "world" });
    if (isVerify)
      return json({
        isValid: how === "blind" || (how === "good" && isGood),
        invalidReason: "because",
      });
    const refused = json({
      success: false,
      errorReason: "because",
      transaction: "",
      network: OFFER.network,
    });
    if (how === "refuses" || !isGood) return refused;
    if (how === "pending") {
      return json({ success: false, errorReason: "settlement_pending", transaction: "" });
    }
    if (this.contents === 0) this.faults.push(`settled ${id} without content`);
    this.moved.set(id, (this.moved.get(id) ?? 0) + 1);
    if (how === "moves, then breaks") throw new TypeError("broken off");
    if (how === "moves, then 500") return json({}, 500);
    const transaction = `0x${randomBytes(32).toString("hex")}`;
    return json({ success: true, transaction, network: OFFER.network, payer: authorization.from });
  }

  send(instance: number, path: string, method: string, header: string | undefined) {
    const headers = header === undefined ? {} : { "payment-signature": header };
    return this.#instances[instance]?.request(SITE + path, {
      method,
      headers,
    }) as Promise<Response>;
  }

  /** Ends an instance and begins another one with the same ledger. */
  restart(instance: number): void {
    this.#instances[instance] = this.#start();
  }
}

function sign(world: World, from: string, amount: string, change: object = {}): Signed {
  const validBefore = world.now + OFFER.maxTimeoutSeconds;
  const authorization = {
    from,
    to: OFFER.payTo,
    value: amount,
    validAfter: "0",
    validBefore: String(validBefore),
    nonce: `0x${randomBytes(32).toString("hex")}`,
    ...change,
  };
  const payload = { signature: `0x${"5a".repeat(65)}`, authorization };
  const header = fieldOf({ x402Version: 2, accepted: { ...OFFER, amount, ...change }, payload });
  return { header, id: paymentId(OFFER, authorization), from, value: amount, validBefore };
}

async function ledgerOf({ accounts }: World): Promise<readonly AccountEntry[]> {
  const all: AccountEntry[] = [];
  for (let after: string | undefined; ;) {
    const { entries, next } = await accounts.entries({ after });
    all.push(...entries);
    if (next === undefined) return all;
    after = next;
  }
}

describe("random exchanges by x402", () => {
  it.each([1, 2])(
    "keep the ledger's promises (seed %i)",
    async (seed) => {
      const world = new World();
      const dice = random(seed);
      const payers = Array.from({ length: 4 }, (_, i) => `0x${String(i + 1).repeat(40)}`);
      const earlier: Signed[] = [];
      /** When a payer last got some content for a settled payment. */
      const bought = new Map<string, number>();
      /** Payments that have bought a response. */
      const spent = new Map<string, number>();
      const seen = { paid: 0, free: 0, refused: 0, unknown: 0 };

      for (let done = 0; done < EXCHANGES / 2;) {
        world.now += dice.chance(0.02) ? dice.below(400) : dice.below(3);
        world.origin = dice.chance(0.6)
          ? "content"
          : dice.pick(["404", "500", "302", "304", "204", "empty", "broken"] as const);
        world.verifying = dice.chance(0.7)
          ? "good"
          : dice.pick(["blind", "blind", "refuses", "500", "breaks", "nonsense"] as const);
        world.settling = dice.chance(0.6)
          ? "good"
          : dice.pick([
              "refuses",
              "500",
              "breaks",
              "moves, then breaks",
              "moves, then 500",
              "nonsense",
              "pending",
            ] as const);
        if (dice.chance(0.002)) world.restart(dice.below(2));
        const folder = dice.pick(["cheap", "dear"]);
        const path = `/${folder}/${dice.below(20)}`;
        const method = dice.chance(0.9) ? "GET" : "HEAD";
        const price = String(PRICES[folder]);
        const from = dice.pick(payers);
        const payment = ((): Signed | undefined => {
          if (dice.chance(0.1)) return undefined;
          if (dice.chance(0.25) && earlier.length > 0) return dice.pick(earlier.slice(-50));
          if (dice.chance(0.15)) {
            const wrong = dice.pick([
              { value: "1" },
              { amount: "1" },
              { network: "eip155:1" },
              { to: payers[0] },
              { payTo: payers[0] },
              { validBefore: String(world.now) },
              { nonce: "0x1" },
            ]);
            return sign(world, from, price, wrong);
          }
          return sign(world, from, price);
        })();
        if (payment !== undefined) earlier.push(payment);
        const copies = dice.chance(0.2) ? 2 + dice.below(3) : 1;
        done += copies;
        world.contents = 0;
        const before = new Map(world.moved);
        const responses = await Promise.all(
          Array.from({ length: copies }, async () => {
            const to = dice.chance(0.8) ? path : `/${folder}/${dice.below(20)}`;
            const response = await world.send(dice.below(2), to, method, payment?.header);
            const text = await response.text().catch(() => "broken off");
            return {
              to,
              status: response.status,
              text,
              report: response.headers.get("payment-response"),
            };
          }),
        );

        let delivered = 0;
        for (const { to, status, text, report } of responses) {
          const hasContent = text.includes("content of");
          if (!hasContent) {
            seen.refused++;
            continue;
          }
          // Nobody gets content unpaid, except what the same payer has bought within the window.
          expect(payment, `content without a payment, exchange ${done}`).toBeDefined();
          const { id, from: payer } = payment as Signed;
          const key = `${payer} ${to}`;
          const isPaidNow = report !== null;
          expect(status).toBe(200);
          expect(text).toBe(`content of ${to}`);
          if (isPaidNow) {
            delivered++;
            seen.paid++;
            expect(world.moved.get(id), `content without a transfer, exchange ${done}`).toBe(1);
            spent.set(id, (spent.get(id) ?? 0) + 1);
            bought.set(key, world.now);
          } else {
            seen.free++;
            const last = bought.get(key);
            expect(last, `free content that was never bought, exchange ${done}`).toBeDefined();
            expect(world.now - (last ?? 0)).toBeLessThan(WINDOW);
          }
        }
        expect(delivered).toBeLessThanOrEqual(1);
        if (payment !== undefined) expect(spent.get(payment.id) ?? 0).toBeLessThanOrEqual(1);
        // No one is charged without content of the origin server.
        for (const [id, count] of world.moved) {
          expect(count).toBe(1);
          if (before.get(id) === count) continue;
          expect(id).toBe(payment?.id);
          expect(world.origin).toBe("content");
          expect(method).toBe("GET");
          if (delivered === 0) seen.unknown++;
        }
        expect(world.faults).toEqual([]);
      }

      const entries = await ledgerOf(world);
      const charges = entries.filter(({ kind }) => kind === "charge");
      const keys = new Set(charges.map(({ key }) => key));
      expect(keys.size).toBe(charges.length);
      const settled = new Set(
        entries.filter(({ kind }) => kind === "settled").map(({ charge }) => charge),
      );
      const voided = new Set(
        entries.filter(({ kind }) => kind === "void").map(({ charge }) => charge),
      );
      for (const [id] of world.moved) {
        expect(keys, "each transfer is in the ledger").toContain(id);
        expect(voided, "no transfer is voided").not.toContain(id);
      }
      // What is settled in the ledger has bought a response, and the reverse.
      expect([...settled].toSorted()).toEqual([...spent.keys()].toSorted());
      for (const id of voided) expect(world.moved.has(id)).toBe(false);
      for (const { account, effect, via, reference, kind } of entries) {
        expect(account).toMatch(/^x402:eip155:84532:0x/);
        expect(effect).toBe(0);
        expect(via).toBe("x402");
        if (kind === "settled") expect(reference).toMatch(/^eip155:84532 0x[0-9a-f]{64}$/);
      }
      // The dice have thrown everything.
      for (const count of Object.values(seen)) expect(count).toBeGreaterThan(EXCHANGES / 500);
    },
    300_000,
  );
});
