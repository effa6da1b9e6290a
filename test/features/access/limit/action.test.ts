import * as v from "valibot";
import { parseList } from "structured-headers";
import { describe, expect, test, vi } from "vitest";
import type { Agent } from "../../../../src/agent/agent.ts";
import { botSchema } from "../../../../src/agent/bots.ts";
import { limitAction, limitFailed } from "../../../../src/features/access/limit/action.ts";
import { clientOf } from "../../../../src/features/access/limit/client.ts";
import { accessOptions, type AccessPolicy } from "../../../../src/features/access/policy.ts";
import type { Exchange } from "../../../../src/pipeline/exchange.ts";
import type { ResponseEnd } from "../../../../src/pipeline/record.ts";
import { insuredRates } from "../../../../src/store/failures/insured-rates.ts";
import { memoryRates } from "../../../../src/store/memory-rates.ts";
import type { RateStore } from "../../../../src/store/rates.ts";

const bot = v.parse(botSchema, {
  name: "NiceBot",
  tokens: ["NiceBot"],
  operator: "Nice",
  category: "AI Crawler",
});
const policyOf = (parts: object): AccessPolicy =>
  v.parse(accessOptions, { action: "limit", ...parts });

/** An exchange as far as a limit reads it, and its end. */
function exchangeOf(parts: Partial<Exchange> = {}) {
  const listeners: ((end: ResponseEnd) => void)[] = [];
  const work: Promise<unknown>[] = [];
  const exchange = {
    agent: { kind: "anonymous" } as Agent,
    clientAddress: "192.0.2.7",
    method: "GET",
    values: new Map(),
    field: () => undefined,
    background: (each: Promise<unknown>) => void work.push(each),
    record: { whenEnded: (listener: (end: ResponseEnd) => void) => listeners.push(listener) },
    ...parts,
  } as unknown as Exchange;
  const end = async (ending: ResponseEnd): Promise<void> => {
    for (const listener of listeners) listener(ending);
    await Promise.all(work);
  };
  return { exchange, end };
}

describe("the client of a quota", () => {
  const verified: Agent = { kind: "verified", bot, evidence: "signature" };
  test.each<[Agent, "agent" | "operator" | "address", string | undefined, string]>([
    [verified, "agent", "192.0.2.7", "agent:NiceBot"],
    [verified, "operator", "192.0.2.7", "operator:Nice"],
    [verified, "address", "192.0.2.7", "address:192.0.2.0/24"],
    [{ kind: "claimed", bot, reason: "unsigned" }, "agent", "192.0.2.7", "address:192.0.2.0/24"],
    [{ kind: "invalid", bot, reason: "expired" }, "operator", "::1", "address:0:0:0:0::/64"],
    // Anyone can publish keys: a signature of an agent that is not in the table is no key.
    [
      { kind: "verified", bot: undefined, evidence: "signature", signatureAgent: "https://x.test" },
      "agent",
      "2001:db8:1:2:3::4",
      "address:2001:db8:1:2::/64",
    ],
    [{ kind: "anonymous" }, "agent", "::ffff:192.0.2.7", "address:192.0.2.0/24"],
    [{ kind: "anonymous" }, "agent", undefined, "address:unknown"],
    [{ kind: "anonymous" }, "agent", `x${"\t".repeat(9999)}`, "address:unknown"],
  ])("is, of %o by %s from %s, %s", (agent, kind, clientAddress, client) => {
    expect(clientOf({ agent, clientAddress }, kind, 24)).toBe(client);
  });

  test("is the IPv4 address itself if the rule says so", () => {
    const agent: Agent = { kind: "anonymous" };
    expect(clientOf({ agent, clientAddress: "255.1.2.3" }, "agent", 32)).toBe(
      "address:255.1.2.3/32",
    );
  });
});

describe("a limit", () => {
  test("counts a request once, though answers from other addresses are asked for", async () => {
    const action = limitAction({ rates: memoryRates() });
    const policy = policyOf({ requests: 1, per: "1m" });
    const { exchange } = exchangeOf();
    const other = { ...exchangeOf().exchange, requested: exchange };
    for (const each of [exchange, other, other]) {
      expect(await action.onRequest(each, policy, "slow")).toMatchObject({ kind: "admit" });
    }
    expect(await action.onRequest(exchangeOf().exchange, policy, "slow")).toMatchObject({
      kind: "refuse",
      reason: "over-limit",
    });
  });

  test("counts nothing for a request that is only described", async () => {
    const action = limitAction({ rates: memoryRates() });
    const policy = policyOf({ requests: 1, per: "1m" });
    for (let i = 0; i < 3; i++) {
      const { exchange } = exchangeOf({ record: undefined });
      const verdict = await action.onRequest(exchange, policy, "slow");
      expect(verdict).toEqual({ kind: "admit", reason: "not-counted" });
    }
  });

  test("tells the operator once that addresses are unknown", async () => {
    const log = { info: vi.fn(), warn: vi.fn() };
    const action = limitAction({ rates: memoryRates(), log });
    for (let i = 0; i < 3; i++) {
      const { exchange } = exchangeOf({ clientAddress: undefined });
      await action.onRequest(exchange, policyOf({ requests: 9, per: "1m" }), "slow");
    }
    expect(log.warn).toHaveBeenCalledTimes(1);
    expect(log.warn.mock.calls[0]?.[0]).toBe("limit-without-address");
  });

  test("frees its slot however the response ends, and renews it until then", async () => {
    vi.useFakeTimers();
    const rates = memoryRates({ clock: () => Date.now() / 1000 });
    const action = limitAction({ rates });
    const policy = policyOf({ concurrent: 1 });
    const ask = async () => {
      const { exchange, end } = exchangeOf();
      return { verdict: await action.onRequest(exchange, policy, "slow"), end };
    };
    for (const end of ["sent", "client-gone", "aborted", "failed"] as const) {
      const first = await ask();
      expect(first.verdict.kind).toBe("admit");
      await vi.advanceTimersByTimeAsync(600_000);
      expect((await ask()).verdict.kind).toBe("refuse");
      await first.end({ end, bytesAre: "wire" });
    }
    expect((await ask()).verdict.kind).toBe("admit");
    vi.useRealTimers();
  });

  test("asks a binding of the platform, and states only what that tells", async () => {
    const limit = vi.fn(async () => ({ success: false }));
    const action = limitAction({
      rates: memoryRates(),
      rateBinding: (name) => (name === "SLOW" ? { limit } : undefined),
    });
    const policy = policyOf({ requests: 60, per: "1m", binding: "SLOW" });
    const verdict = await action.onRequest(exchangeOf().exchange, policy, "slow");
    expect(limit).toHaveBeenCalledWith({ key: "address:192.0.2.0/24\t/slow/requests-1m" });
    if (verdict.kind !== "refuse") throw new Error("admitted");
    const fields = new Map(verdict.response.fields);
    expect(fields.get("retry-after")).toBe("60");
    expect(fields.has("ratelimit")).toBe(false);
    expect(parseList(fields.get("ratelimit-policy") ?? "")).toHaveLength(1);

    limit.mockImplementation(async () => ({ success: true }));
    const admitted = exchangeOf({ method: "POST" });
    await action.onRequest(admitted.exchange, policy, "slow");
    const head = { status: 200, fields: { get: () => undefined } } as never;
    expect(await action.onResponse?.(head, admitted.exchange, policy, "slow")).toMatchObject({
      fields: { append: [["ratelimit-policy", '"requests-1m";q=60;w=60']] },
    });
  });

  test("returns what it has counted if a binding refuses", async () => {
    let success = false;
    const action = limitAction({
      rates: memoryRates(),
      rateBinding: () => ({ limit: async () => ({ success }) }),
    });
    const policy = policyOf({
      limits: [
        { requests: 1, per: "1h" },
        { requests: 5, per: "1m", binding: "SLOW" },
      ],
    });
    const kinds = [];
    for (let i = 0; i < 4; i++) {
      success = i > 1;
      kinds.push((await action.onRequest(exchangeOf().exchange, policy, "slow")).kind);
    }
    expect(kinds).toEqual(["refuse", "refuse", "admit", "refuse"]);
  });

  const gone: RateStore = {
    take: async () => Promise.reject(new Error("gone")),
    spend: async () => Promise.reject(new Error("gone")),
    enter: async () => Promise.reject(new Error("gone")),
    leave: async () => Promise.reject(new Error("gone")),
  };
  const insured = (): RateStore =>
    insuredRates(gone, { now: () => 0 }, { onFailing: () => {}, onWorking: () => {} });

  test.each([{ requests: 2, per: "1m" }, { bytes: 9, per: "1m" }, { concurrent: 2 }])(
    "with the store away, counts in memory or refuses, as onError says: %j",
    async (limit) => {
      const action = limitAction({ rates: insured() });
      const allow = policyOf(limit);
      expect(await action.onRequest(exchangeOf().exchange, allow, "slow")).toMatchObject({
        kind: "admit",
        reason: "counted-in-memory",
      });
      const deny = policyOf({ ...limit, onError: "deny" });
      const verdict = await action.onRequest(exchangeOf().exchange, deny, "slow");
      expect(verdict).toMatchObject({ kind: "refuse", reason: "limit-unavailable" });
    },
  );

  test("answers 503 with a problem document if it can't count", () => {
    const { response } = limitFailed(exchangeOf().exchange, policyOf({ concurrent: 1 }));
    expect(response.status).toBe(503);
    expect(JSON.parse(response.content as string)).toMatchObject({
      type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
    });
    const fields = new Map(response.fields);
    expect(fields.get("cache-control")).toBe("private, no-store");
    expect(Number(fields.get("retry-after"))).toBeGreaterThan(0);
  });
});
