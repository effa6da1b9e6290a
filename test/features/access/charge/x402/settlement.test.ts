// Our side of x402 against the public client and the public facilitator.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseAmount } from "../../../../../src/http/amount.ts";
import type { Agent } from "../../../../../src/agent/agent.ts";
import type { Exchange } from "../../../../../src/pipeline/exchange.ts";
import { Facilitators } from "../../../../../src/features/access/charge/x402/facilitators.ts";
import type { X402Options } from "../../../../../src/features/access/charge/x402/options.ts";
import { x402Settlement } from "../../../../../src/features/access/charge/x402/settlement.ts";
import { nodeServices } from "../../../../../src/runtime/node/services.ts";
import { startFacilitator, type TestFacilitator } from "../../../../support/facilitator.ts";
import { answerByX402, needsX402, newWallet, type TestToken } from "../../../../support/x402.ts";
import { OFFER, samplePayment, shownAs } from "./sample.ts";

const price = parseAmount("USD 0.01") ?? { currency: "USD", micros: 0 };
const now = (): number => Math.floor(Date.now() / 1000);

let server: TestFacilitator;
let token: TestToken;
let logged: object[];
let way: ReturnType<typeof x402Settlement>;
let x402: X402Options;

beforeAll(async () => {
  server = await startFacilitator();
});
afterAll(() => server.close());
beforeEach(() => {
  server.calls.length = 0;
  server.answers.clear();
  logged = [];
  const facilitators = new Facilitators({
    services: nodeServices({ X402_TOKEN: "Bearer 0123456789" }),
    now,
    log: { warn: (event, facts) => void logged.push({ event, ...facts }) },
  });
  way = x402Settlement({ now, facilitators });
  x402 = {
    facilitator: server.url,
    authorization: "X402_TOKEN",
    network: OFFER.network,
    asset: OFFER.asset,
    payTo: OFFER.payTo,
    name: "USDC",
    version: "2",
    decimals: 6,
    maxTimeoutSeconds: 60,
    timeout: "2s",
  };
});

const ANONYMOUS: Agent = { kind: "anonymous" };
const background: Promise<unknown>[] = [];

class FakeRequest {
  readonly url = new URL("https://www.example.com/a?b=c");
  readonly agent: Agent;
  readonly #fields: Record<string, string>;

  constructor(fields: Record<string, string>, agent: Agent) {
    this.#fields = fields;
    this.agent = agent;
  }

  field(name: string): string | undefined {
    return this.#fields[name];
  }

  background(work: Promise<unknown>): void {
    background.push(work);
  }
}

/** A request with fields. */
function request(fields: Record<string, string> = {}, agent: Agent = ANONYMOUS): Exchange {
  return new FakeRequest(fields, agent) as unknown as Exchange;
}

const demand = () => ({ price, policy: { x402 }, rule: "toll" });
const lower = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]));
const fieldsOf = async () => {
  const { fields } = await way.offer(request(), demand());
  return String(fields[0]?.[1]);
};

describe("with the public client and facilitator", needsX402, () => {
  beforeEach(() => {
    token = answerByX402(server, OFFER.network);
  });

  it("offers, verifies and settles a payment", async () => {
    const wallet = newWallet();
    const field = await fieldsOf();
    expect(wallet.readRequired(field)).toMatchObject({
      x402Version: 2,
      resource: { url: "https://www.example.com/a?b=c" },
      accepts: [OFFER],
    });
    const paying = request(lower(await wallet.pay(field)));
    const verdict = await way.verify(paying, demand(), false);
    if (verdict.kind !== "paid") throw new Error(JSON.stringify(verdict));
    const { payment } = verdict;
    const account = `x402:${OFFER.network}:${wallet.address.toLowerCase()}`;
    expect(payment).toMatchObject({ account, amount: price, debits: false });
    expect(token.transfers).toEqual([]);

    const settled = await way.settle(paying, demand(), payment);
    if (settled.kind !== "settled") throw new Error(JSON.stringify(settled));
    expect(token.transfers).toEqual([{ from: wallet.address, to: OFFER.payTo, value: 10_000n }]);
    const [[name, value] = ["", ""]] = settled.fields;
    expect(name).toBe("payment-response");
    const report = wallet.readResponse(value);
    expect(report).toMatchObject({ success: true, payer: wallet.address, amount: "10000" });
    expect(settled.reference).toBe(`${OFFER.network} ${String(report["transaction"])}`);
    expect(server.calls.map(({ authorization }) => authorization)).toEqual(
      Array.from({ length: 3 }, () => "Bearer 0123456789"),
    );
    expect(logged).toEqual([]);
  });

  it("is not settled twice, whatever happens", async () => {
    const wallet = newWallet();
    const paying = request(lower(await wallet.pay(await fieldsOf())));
    const verdict = await way.verify(paying, demand(), false);
    if (verdict.kind !== "paid") throw new Error(JSON.stringify(verdict));
    const both = await Promise.all([
      way.settle(paying, demand(), verdict.payment),
      way.settle(paying, demand(), verdict.payment),
    ]);
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(["failed", "settled"]);
    expect(token.transfers).toHaveLength(1);
    expect(await way.verify(paying, demand(), false)).toMatchObject({
      kind: "refused",
      refusal: { reason: "x402-invalid", status: 402 },
    });
  });

  it("refuses a payer without money, with PAYMENT-RESPONSE", async () => {
    const wallet = newWallet();
    token.poor.add(wallet.address);
    const paying = request(lower(await wallet.pay(await fieldsOf())));
    const verdict = await way.verify(paying, demand(), false);
    if (verdict.kind !== "refused") throw new Error(verdict.kind);
    const { refusal } = verdict;
    expect(refusal).toMatchObject({ reason: "x402-invalid", status: 402 });
    const report = wallet.readResponse(String(refusal.fields[0]?.[1]));
    expect(report).toMatchObject({ success: false, transaction: "", payer: wallet.address });
    expect(report["errorReason"]).toMatch(/^invalid_exact_evm_/);
  });

  it("refuses a payment that was signed for something else", async () => {
    const wallet = newWallet();
    const forged = async (change: Partial<X402Options>) => {
      const real = x402;
      x402 = { ...real, ...change };
      const fields = lower(await wallet.pay(await fieldsOf()));
      x402 = real;
      return way.verify(request(fields), demand(), false);
    };
    const changes = [
      { payTo: "0x00000000000000000000000000000000000000bb" },
      { network: "eip155:8453" },
      { decimals: 5 },
      { asset: "0x00000000000000000000000000000000000000bb" },
      { name: "Other" },
    ];
    for (const change of changes) {
      expect(await forged(change)).toMatchObject({ refusal: { reason: "x402-mismatch" } });
    }
    expect(server.count("/verify")).toBe(0);
  });

  it("refuses what is in the payment, but not signed", async () => {
    const wallet = newWallet();
    const fields = lower(await wallet.pay(await fieldsOf()));
    const text = Buffer.from(fields["payment-signature"] ?? "", "base64").toString();
    const parsed = JSON.parse(text) as { payload: { authorization: object } };
    Object.assign(parsed.payload.authorization, { validBefore: String(now() + 3600) });
    const forged = Buffer.from(JSON.stringify(parsed)).toString("base64");
    const paying = request({ "payment-signature": forged });
    expect(await way.verify(paying, demand(), false)).toMatchObject({
      refusal: { reason: "x402-invalid", status: 402 },
    });
    expect(server.count("/verify")).toBe(1);
  });

  it("knows what the facilitator supports", async () => {
    await way.offer(request(), demand());
    x402 = { ...x402, network: "eip155:8453" };
    await way.offer(request(), demand());
    await Promise.all(background);
    expect(logged).toEqual([
      {
        event: "x402",
        facilitator: new URL(server.url).host,
        call: "supported",
        fault: "unsupported",
        network: "eip155:8453",
      },
    ]);
    await way.offer(request(), demand());
    expect(server.count("/supported")).toBe(2);
  });
});

describe("without an answer", () => {
  const field = () => shownAs(samplePayment(now()));
  const paid = async (fields: Record<string, string> = {}, agent: Agent = ANONYMOUS) =>
    way.verify(request({ "payment-signature": field(), ...fields }, agent), demand(), false);

  it("refuses with 503 if the facilitator is away, and tells the operator without the secret", async () => {
    expect(await paid()).toMatchObject({ refusal: { reason: "x402-unavailable", status: 503 } });
    expect(logged).toEqual([
      {
        event: "x402",
        facilitator: new URL(server.url).host,
        call: "verify",
        fault: "status 404",
      },
    ]);
  });

  it("does not know the result of settling if the facilitator is away then", async () => {
    server.answers.set("/verify", { isValid: true });
    const verdict = await paid();
    if (verdict.kind !== "paid") throw new Error(verdict.kind);
    server.answers.set("/settle", () => undefined);
    expect(await way.settle(request(), demand(), verdict.payment)).toMatchObject({
      kind: "unknown",
      refusal: { reason: "x402-unknown", status: 503, fields: [] },
    });
    expect(logged).toMatchObject([{ call: "settle", fault: "timeout" }]);
    expect(JSON.stringify(logged)).not.toContain("0123456789");
  });

  it("sends nothing in observe mode", async () => {
    const paying = request({ "payment-signature": field() });
    expect(await way.verify(paying, demand(), true)).toMatchObject({ kind: "paid" });
    expect(server.calls).toEqual([]);
  });

  it("bounds the number of payments that are being verified", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = 0;
    const answer = async (): Promise<Response> => {
      asked++;
      await held;
      return Response.json({ isValid: true });
    };
    const services = { fetch: answer, secret: () => undefined };
    way = x402Settlement({
      now,
      facilitators: new Facilitators({ services, now, log: { warn: () => {} } }),
    });
    const all = Array.from({ length: 120 }, () => paid());
    await expect.poll(() => asked).toBe(100);
    release();
    const verdicts = await Promise.all(all);
    expect(verdicts.filter(({ kind }) => kind === "paid")).toHaveLength(100);
    // A client can bring this about, so it is no failure that onError might allow.
    for (const verdict of verdicts.filter(({ kind }) => kind !== "paid")) {
      expect(verdict).toMatchObject({ refusal: { reason: "x402-pending", status: 503 } });
      expect(verdict).not.toHaveProperty("refusal.isFailure");
    }
    expect((await paid()).kind).toBe("paid");
  });

  it("needs no identity; but a signature must be valid, new, and cover the payment", async () => {
    server.answers.set("/verify", { isValid: true });
    const signed = { "signature-input": "sig=()" };
    const by = (covers: string[], age = 0): Agent => ({
      kind: "verified",
      bot: undefined,
      evidence: "signature",
      signatureAgent: "https://signer.example",
      proof: {
        keyid: "a",
        created: now() - age,
        covers,
        nonce: undefined,
        signature: new Uint8Array(),
      },
    });
    expect((await paid()).kind).toBe("paid");
    const covered = ['"@authority"', '"payment-signature"'];
    expect((await paid(signed, by(covered))).kind).toBe("paid");
    for (const agent of [by(['"@authority"']), by(covered, 62), ANONYMOUS]) {
      expect(await paid(signed, agent)).toMatchObject({
        refusal: { reason: "x402-not-covered", status: 400 },
      });
    }
  });

  it("says what is malformed, and repeats nothing of it", async () => {
    const fields = { "payment-signature": "<script>" };
    expect(await way.verify(request(fields), demand(), false)).toEqual({
      kind: "refused",
      refusal: {
        reason: "x402-malformed",
        status: 400,
        detail: "PAYMENT-SIGNATURE can't be read: it is not one value in base64.",
        fields: [],
      },
    });
  });
});
