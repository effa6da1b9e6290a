// The client of the facilitator, against a facilitator on a socket that answers in every bad way.
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Facilitator } from "../../../../../src/features/access/charge/x402/facilitator.ts";
import { startFacilitator, type TestFacilitator } from "../../../../support/facilitator.ts";
import { OFFER, PAYER, samplePayment } from "./sample.ts";

const TRANSACTION = `0x${"12".repeat(32)}`;
const SETTLED = {
  success: true,
  transaction: TRANSACTION,
  network: OFFER.network,
  payer: PAYER,
};
const offered = { payment: samplePayment(1_780_000_000), offer: OFFER, url: "https://x.example/a" };

let server: TestFacilitator;
let client: Facilitator;

beforeAll(async () => {
  server = await startFacilitator();
  client = new Facilitator({ url: `${server.url}/`, fetch, authorization: "Bearer secret" });
});
afterAll(() => server.close());
beforeEach(() => {
  server.calls.length = 0;
  server.answers.clear();
});

/** Answers with a status and a text. */
const raw =
  (status: number, text: string, fields: Record<string, string> = {}) =>
  (_call: unknown, response: ServerResponse) =>
    void response.writeHead(status, fields).end(text);

describe("verify", () => {
  it("sends our offer, what the client signed, and the secret", async () => {
    server.answers.set("/verify", { isValid: true, payer: PAYER.toLowerCase() });
    expect(await client.verify(offered, 2000)).toEqual({ kind: "valid" });
    const { signature, authorization } = offered.payment;
    expect(server.calls).toEqual([
      {
        path: "/verify",
        authorization: "Bearer secret",
        body: {
          x402Version: 2,
          paymentPayload: {
            x402Version: 2,
            resource: { url: "https://x.example/a" },
            accepted: OFFER,
            payload: { signature, authorization },
          },
          paymentRequirements: OFFER,
        },
      },
    ]);
  });

  it.each([
    [{ isValid: false, invalidReason: "insufficient_funds" }, "insufficient_funds"],
    [{ isValid: false }, "unspecified"],
    [{ isValid: false, invalidReason: "<script>alert(1)</script>" }, "unspecified"],
    [{ isValid: false, invalidReason: "x".repeat(101) }, "unspecified"],
    [{ isValid: false, invalidReason: { a: 1 } }, "unspecified"],
    [raw(400, '{"isValid":false,"invalidReason":"invalid_payload"}'), "invalid_payload"],
  ])("tells why a payment is invalid: %#", async (answer, reason) => {
    server.answers.set("/verify", answer);
    expect(await client.verify(offered, 2000)).toEqual({ kind: "invalid", reason });
  });

  it.each([
    ["no answer of its own", raw(404, "")],
    ["500", raw(500, '{"isValid":true}')],
    ["500 with a verdict", raw(500, '{"isValid":false}')],
    ["an empty answer", raw(200, "")],
    ["no JSON", raw(200, "<html>")],
    ["a list", raw(200, "[]")],
    ["null", raw(200, "null")],
    ["a word for a truth value", { isValid: "true" }],
    ["a number", { isValid: 1 }],
    ["no verdict", {}],
    ["another payer", { isValid: true, payer: OFFER.payTo }],
    ["a payer that is no text", { isValid: true, payer: [PAYER] }],
    ["201", raw(201, '{"isValid":true}')],
    ["a redirect", raw(307, '{"isValid":true}', { location: "/other" })],
    ["too much", raw(200, `{"isValid":true,"x":"${"a".repeat(70_000)}"}`)],
    ["a broken connection", (_: unknown, response: { destroy(): void }) => response.destroy()],
    [
      "half an answer",
      (_: unknown, response: ServerResponse) => {
        response.writeHead(200, { "content-length": "100" });
        response.write('{"isValid":true}');
        setTimeout(() => response.destroy(), 20);
      },
    ],
  ])("gets nothing from %s", async (_what, answer) => {
    server.answers.set("/verify", answer);
    server.answers.set("/other", { isValid: true });
    expect((await client.verify(offered, 2000)).kind).toBe("unavailable");
    expect(server.count("/other")).toBe(0);
    expect(server.count("/verify")).toBe(1);
  });

  it("waits no longer than its patience, for the head and for the rest", async () => {
    server.answers.set("/verify", () => undefined);
    const begin = performance.now();
    expect(await client.verify(offered, 150)).toEqual({ kind: "unavailable", why: "timeout" });
    server.answers.set("/verify", (_call: unknown, response: ServerResponse) => {
      response.writeHead(200).write("{");
    });
    expect(await client.verify(offered, 150)).toEqual({ kind: "unavailable", why: "timeout" });
    expect(performance.now() - begin).toBeLessThan(1500);
  });

  it("is unavailable if no server listens, and names no address", async () => {
    const away = new Facilitator({ url: "http://127.0.0.1:9", fetch });
    expect(await away.verify(offered, 2000)).toEqual({ kind: "unavailable", why: "no-connection" });
  });
});

describe("settle", () => {
  it.each([SETTLED, { ...SETTLED, payer: undefined }, { ...SETTLED, amount: OFFER.amount }])(
    "has the transaction: %#",
    async (answer) => {
      server.answers.set("/settle", answer);
      const settling = await client.settle(offered, 2000);
      expect(settling).toEqual({ kind: "settled", transaction: TRANSACTION });
      expect(server.count("/settle")).toBe(1);
    },
  );

  it.each([
    [{ success: false, errorReason: "insufficient_funds", transaction: "" }, "insufficient_funds"],
    [raw(400, '{"success":false,"errorReason":"invalid_payload"}'), "invalid_payload"],
    [raw(401, "Unauthorized"), "facilitator_status_401"],
    [raw(429, ""), "facilitator_status_429"],
  ])("is refused if the facilitator has not acted: %#", async (answer, reason) => {
    server.answers.set("/settle", answer);
    expect(await client.settle(offered, 2000)).toEqual({ kind: "refused", reason });
    expect(server.count("/settle")).toBe(1);
  });

  it.each([
    ["500", raw(500, "")],
    ["502", raw(502, "<html>")],
    ["500 with an answer", raw(500, '{"success":false,"errorReason":"unexpected_settle_error"}')],
    ["no JSON", raw(200, "OK")],
    ["no transaction", { ...SETTLED, transaction: "" }],
    ["no hash", { ...SETTLED, transaction: "0x12" }],
    ["another network", { ...SETTLED, network: "eip155:8453" }],
    ["no network", { ...SETTLED, network: undefined }],
    ["another amount", { ...SETTLED, amount: "1" }],
    ["another payer", { ...SETTLED, payer: OFFER.payTo }],
    ["a pending transaction", { success: false, errorReason: "settlement_pending" }],
    ["a word for a truth value", { ...SETTLED, success: "true" }],
    ["a broken connection", (_: unknown, response: { destroy(): void }) => response.destroy()],
  ])("does not know the result after %s, and asks once more", async (_what, answer) => {
    server.answers.set("/settle", answer);
    expect((await client.settle(offered, 2000)).kind).toBe("unknown");
    expect(server.count("/settle")).toBe(2);
    expect(server.calls[0]?.body).toEqual(server.calls[1]?.body);
  });

  it("is settled if the second answer says so", async () => {
    let asked = 0;
    server.answers.set("/settle", () =>
      ++asked === 1 ? { success: false, errorReason: "settlement_pending" } : SETTLED,
    );
    expect((await client.settle(offered, 2000)).kind).toBe("settled");
  });

  it("is not refused if only the second answer says so: the first may have made the transfer", async () => {
    let asked = 0;
    server.answers.set("/settle", (_call: unknown, response: ServerResponse) =>
      ++asked === 1
        ? void response.destroy()
        : { success: false, errorReason: "authorization_used", transaction: "" },
    );
    expect((await client.settle(offered, 2000)).kind).toBe("unknown");
  });

  it("ends within its patience, however slow the facilitator is", async () => {
    server.answers.set("/settle", () => undefined);
    const begin = performance.now();
    expect(await client.settle(offered, 300)).toEqual({ kind: "unknown", why: "timeout" });
    expect(await client.settle(offered, 1800)).toEqual({ kind: "unknown", why: "timeout" });
    expect(performance.now() - begin).toBeLessThan(3500);
    expect(server.count("/settle")).toBe(3);
  });
});

describe("supported", () => {
  const kinds = (...more: object[]) => ({ kinds: more, extensions: [], signers: {} });
  const exact = { x402Version: 2, scheme: "exact", network: OFFER.network };

  it.each([
    [kinds(exact), true],
    [kinds({ ...exact, network: "eip155:*" }), true],
    [kinds({ ...exact, network: "eip155:8453" }, { ...exact, x402Version: 1 }), false],
    [kinds({ ...exact, scheme: "upto" }), false],
    [kinds(), false],
    [{ kinds: {} }, undefined],
    [{ kinds: [null, 1, "exact"] }, false],
    [raw(500, ""), undefined],
  ])("reads the kinds: %#", async (answer, supported) => {
    server.answers.set("/supported", answer);
    expect(await client.supports(OFFER, 2000)).toBe(supported);
  });
});
