// The three fields of x402 v2, read and written by our own codec.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MOST_MICROS, parseAmount } from "../../../../../src/http/amount.ts";
import { atomicAmount } from "../../../../../src/features/access/charge/x402/amount.ts";
import { decidePayment } from "../../../../../src/features/access/charge/x402/decide.ts";
import {
  paymentRequired,
  paymentResponse,
} from "../../../../../src/features/access/charge/x402/fields.ts";
import { findOffer } from "../../../../../src/features/access/charge/x402/offer.ts";
import { parsePayment, paymentId } from "../../../../../src/features/access/charge/x402/payment.ts";
import { fieldOf, OFFER, PAYER, samplePayment, shownAs } from "./sample.ts";

const NOW = 1_780_000_000;
const decoded = (field: string): unknown => JSON.parse(Buffer.from(field, "base64").toString());

describe("PAYMENT-SIGNATURE", () => {
  const reasonOf = (field: string) => {
    const parsed = parsePayment(field);
    return parsed.kind === "malformed" ? parsed.reason : "none";
  };
  const payment = samplePayment(NOW);
  const { accepted, signature, authorization } = payment;
  const whole = { x402Version: 2, accepted, payload: { signature, authorization } };

  it("is read with or without padding, and its other members are ignored", () => {
    const field = shownAs(payment);
    expect(parsePayment(field)).toEqual({ kind: "payment", payment });
    for (let more = 0; more < 3; more++) {
      const padded = fieldOf({ ...whole, extensions: { a: "b".repeat(more) }, resource: null });
      expect(parsePayment(padded)).toEqual({ kind: "payment", payment });
      expect(parsePayment(padded.replaceAll("=", ""))).toEqual({ kind: "payment", payment });
    }
  });

  it("has only the members of an authorization that are signed", () => {
    const more = { ...authorization, asset: "0x0", __proto__: 1, toJSON: "x" };
    const parsed = parsePayment(fieldOf({ ...whole, payload: { signature, authorization: more } }));
    expect(parsed).toEqual({ kind: "payment", payment });
  });

  it.each([
    ["", "malformed-base64"],
    ["{}", "malformed-base64"],
    ["e30=, e30=", "malformed-base64"],
    ["e30==", "malformed-base64"],
    ["e", "malformed-base64"],
    ["_-8=", "malformed-base64"],
    ["e3 0=", "malformed-base64"],
    [Buffer.from([0x22, 0xff, 0x22]).toString("base64"), "malformed-text"],
    [Buffer.from("\uFEFF{}").toString("base64"), "malformed-json"],
    [Buffer.from("{").toString("base64"), "malformed-json"],
    [Buffer.from('{"x402Version":2,"x402Version":2}').toString("base64"), "duplicate-name"],
    [Buffer.from(`${"[".repeat(9)}${"]".repeat(9)}`).toString("base64"), "too-deep"],
    ["A".repeat(8193), "field-too-large"],
    [fieldOf([]), "not-an-object"],
    [fieldOf(null), "not-an-object"],
    [fieldOf({}), "version"],
    [fieldOf({ ...whole, x402Version: 1 }), "version"],
    [fieldOf({ ...whole, x402Version: "2" }), "version"],
    [fieldOf({ ...whole, accepted: [OFFER] }), "no-accepted"],
    [fieldOf({ ...whole, accepted: undefined }), "no-accepted"],
    [fieldOf({ ...whole, payload: "0x" }), "no-payload"],
    [fieldOf({ ...whole, payload: { authorization } }), "malformed-signature"],
    [fieldOf({ ...whole, payload: { signature } }), "malformed-authorization"],
  ] as const)("is malformed: %s is %s", (field, reason) => {
    expect(reasonOf(field)).toBe(reason);
  });

  it.each([
    ["from", "0x857b06519E91e3A54538791bDbb0E22373e36b6"],
    ["from", "857b06519E91e3A54538791bDbb0E22373e36b6600"],
    ["from", "0X857b06519E91e3A54538791bDbb0E22373e36b66"],
    ["to", 0x20],
    ["to", ["0x209693Bc6afc0C5328bA36FaF03C514EF312287C"]],
    ["value", 10_000],
    ["value", "-1"],
    ["value", "1e4"],
    ["value", "0x2710"],
    ["value", "010000"],
    ["value", "10000 "],
    ["value", "10000\n"],
    ["value", "١٠"],
    ["value", (2n ** 256n).toString()],
    ["value", "9".repeat(5000)],
    ["validAfter", 0],
    ["validAfter", null],
    ["validBefore", "1.5"],
    ["validBefore", ""],
    ["nonce", "0xf3"],
    ["nonce", `0x${"f3".repeat(33)}`],
    ["nonce", `0x${"g3".repeat(32)}`],
  ])("is malformed if %s is %j", (name, value) => {
    const changed = { ...authorization, [name]: value };
    const field = fieldOf({ ...whole, payload: { signature, authorization: changed } });
    expect(reasonOf(field)).toBe("malformed-authorization");
  });

  it("takes the signatures of keys and of contracts", () => {
    const of = (octets: number) =>
      reasonOf(
        fieldOf({ ...whole, payload: { signature: `0x${"ab".repeat(octets)}`, authorization } }),
      );
    expect([64, 65, 600, 2048].map(of)).toEqual(["malformed-signature", "none", "none", "none"]);
    expect(of(2049)).toBe("malformed-signature");
  });

  it("never throws, whatever a client sends", () => {
    const json = fc.jsonValue().map(fieldOf);
    const mutated = fc.tuple(fc.nat(), fc.string({ maxLength: 3 })).map(([at, text]) => {
      const field = shownAs(payment);
      return field.slice(0, at % field.length) + text + field.slice((at % field.length) + 1);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), json, mutated), (field) => {
        expect(["payment", "malformed"]).toContain(parsePayment(field).kind);
      }),
      { numRuns: 2000 },
    );
  });

  it("identifies a payment by payer and nonce, in any spelling and with any signature", () => {
    const upper = { ...authorization, from: `0x${PAYER.slice(2).toUpperCase()}` };
    expect(paymentId(OFFER, upper)).toBe(paymentId(OFFER, authorization));
    const other = { ...authorization, nonce: `0x${"f4".repeat(32)}` };
    expect(paymentId(OFFER, other)).not.toBe(paymentId(OFFER, authorization));
    expect(paymentId({ ...OFFER, network: "eip155:8453" }, authorization)).not.toBe(
      paymentId(OFFER, authorization),
    );
  });
});

describe("the offer that a payment accepts", () => {
  it("is equal in every member; only the case of addresses may differ", () => {
    const lower = {
      ...OFFER,
      asset: OFFER.asset.toLowerCase(),
      payTo: OFFER.payTo.toLowerCase(),
    };
    expect(findOffer(lower, [OFFER])).toBe(OFFER);
    expect(findOffer(Object.fromEntries(Object.entries(OFFER).toReversed()), [OFFER])).toBe(OFFER);
  });

  it.each([
    { amount: "9999" },
    { amount: "010000" },
    { amount: 10_000 },
    { network: "eip155:8453" },
    { network: "EIP155:84532" },
    { scheme: "upto" },
    { payTo: PAYER },
    { asset: PAYER },
    { maxTimeoutSeconds: 61 },
    { maxTimeoutSeconds: "60" },
    { extra: undefined },
    { extra: null },
    { extra: [] },
    { extra: { name: "USDC", version: "2" } },
    { extra: { ...OFFER.extra, name: "usdc" } },
    { extra: { ...OFFER.extra, more: 1 } },
    { more: 1 },
  ])("is none of ours with %j", (change) => {
    const accepted = JSON.parse(JSON.stringify({ ...OFFER, ...change })) as unknown;
    expect(findOffer(accepted, [OFFER])).toBeUndefined();
  });
});

describe("the decision on a payment", () => {
  const reasonOf = (change: object) => {
    const decision = decidePayment(samplePayment(NOW, change), [OFFER], NOW + 0.5);
    return decision.kind === "refuse" ? decision.reason : decision.kind;
  };

  it.each([
    [{}, "verify"],
    [{ to: OFFER.payTo.toLowerCase() }, "verify"],
    [{ to: PAYER }, "wrong-recipient"],
    [{ value: "9999" }, "wrong-amount"],
    [{ value: "10001" }, "wrong-amount"],
    [{ validAfter: String(NOW) }, "verify"],
    [{ validAfter: String(NOW + 1) }, "not-yet-valid"],
    [{ validAfter: (2n ** 255n).toString() }, "not-yet-valid"],
    [{ validBefore: String(NOW + 6) }, "verify"],
    [{ validBefore: String(NOW + 5) }, "expired"],
    [{ validBefore: "0" }, "expired"],
    [{ validBefore: String(NOW + 86_460) }, "verify"],
    [{ validBefore: String(NOW + 86_461) }, "valid-too-long"],
    [{ validBefore: (2n ** 256n - 1n).toString() }, "valid-too-long"],
  ])("of %j is %s", (change, decision) => {
    expect(reasonOf(change)).toBe(decision);
  });

  it("finds the offer among several, and none that was not made", () => {
    const other = { ...OFFER, network: "eip155:8453" };
    const decision = decidePayment(samplePayment(NOW), [other, OFFER], NOW);
    expect(decision).toMatchObject({ kind: "verify", offer: OFFER, validBefore: NOW + 60 });
    expect(decidePayment(samplePayment(NOW), [other], NOW)).toMatchObject({
      reason: "no-such-offer",
    });
  });
});

describe("an amount in atomic units", () => {
  it.each([
    ["USD 0.01", 6, "10000"],
    ["EUR 1", 0, "1"],
    ["USD 1000000", 18, "1000000000000000000000000"],
    ["USD 0.000001", 6, "1"],
    ["USD 0.1", 18, "100000000000000000"],
    ["USD 0.123456", 30, "123456000000000000000000000000"],
    ["USD 0.12", 2, "12"],
    ["USD 0.123", 2, undefined],
    ["USD 0.5", 0, undefined],
    ["USD 0", 6, undefined],
  ])("is exact: %s with %i decimals is %s", (price, decimals, amount) => {
    const parsed = parseAmount(price);
    expect(parsed && atomicAmount(parsed, decimals)).toBe(amount);
  });

  it("never loses a unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MOST_MICROS }), fc.nat(30), (micros, decimals) => {
        const amount = atomicAmount({ currency: "USD", micros }, decimals);
        const back = amount === undefined ? undefined : BigInt(amount) * 1_000_000n;
        if (back !== undefined) expect(back).toBe(BigInt(micros) * 10n ** BigInt(decimals));
        else expect(decimals).toBeLessThan(6);
      }),
    );
  });
});

describe("PAYMENT-REQUIRED and PAYMENT-RESPONSE", () => {
  it("are base64 of JSON, in characters of a field", () => {
    const [name, value] = paymentRequired("https://x.example/ä?a=%E4", [OFFER], "Pay.");
    expect(name).toBe("payment-required");
    expect(value).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(decoded(value)).toEqual({
      x402Version: 2,
      error: "Pay.",
      resource: { url: "https://x.example/ä?a=%E4" },
      accepts: [OFFER],
    });
    const report = { success: true, transaction: "0x1", network: OFFER.network };
    expect(decoded(paymentResponse(report)[1])).toEqual(report);
  });

  it("stay small, however long the URL is", () => {
    const [, value] = paymentRequired(`https://x.example/${"a".repeat(9000)}`, [OFFER], "Pay.");
    expect(value.length).toBeLessThan(1000);
    expect(decoded(value)).toMatchObject({ resource: { url: "https://x.example/" } });
  });
});
