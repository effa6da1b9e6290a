// Payments by x402 over sockets: the public packages are client and facilitator, a token is in memory.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { send, type RawResponse } from "../support/client.ts";
import { startFacilitator, type TestFacilitator } from "../support/facilitator.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { memoryAccounts } from "../../src/store/memory-accounts.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import {
  answerByX402,
  needsX402,
  newWallet,
  type TestToken,
  type X402Wallet,
} from "../support/x402.ts";

const NETWORK = "eip155:84532";
const PAY_TO = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
const SECRET = "Bearer of-the-operator-0123456789";
/** The example of RFC 6455 §1.3. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const PAGE = "<!doctype html><title>Paid</title><p>the paid content</p>";

const x402 = {
  authorization: "X402_TOKEN",
  network: NETWORK,
  asset: "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
  name: "USDC",
  version: "2",
  payTo: PAY_TO,
  maxTimeoutSeconds: 60,
  timeout: "2s",
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("x402 on %s", needsX402, (runtime) => {
  let facilitator: TestFacilitator;
  let origin: TestOrigin;
  let proxy: Proxy;
  let token: TestToken;
  let wallet: X402Wallet;

  beforeAll(async () => {
    facilitator = await startFacilitator();
    origin = await startOrigin();
    const charge = {
      action: "charge",
      settle: "x402",
      x402: { ...x402, facilitator: facilitator.url },
    };
    const rules = [
      {
        name: "free if the facilitator fails",
        match: { path: "/lenient/*" },
        access: { ...charge, price: "USD 0.01", onError: "allow" },
      },
      { name: "dear", match: { path: "/dear/*" }, access: { ...charge, price: "USD 5" } },
      {
        name: "toll",
        match: { path: "/paid/*" },
        access: { ...charge, price: "USD 0.01", window: "0s" },
      },
      { name: "window", match: { path: "/window/*" }, access: { ...charge, price: "USD 0.01" } },
    ];
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { defaults: { markdown: true, compression: true, cache: { after: 1 } }, rules },
      variables: { X402_TOKEN: SECRET },
      platform: { accounts: memoryAccounts() },
    });
  }, 60_000);
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
    await facilitator?.close();
  });
  beforeEach(() => {
    token = answerByX402(facilitator, NETWORK);
    wallet = newWallet();
    facilitator.calls.length = 0;
    origin.requests.length = 0;
    origin.routes.clear();
    origin.missing = (_request, response) => {
      response.writeHead(200, { "content-type": "text/html", "cache-control": "max-age=600" });
      response.end(PAGE);
    };
  });

  /** A page that no other test has asked for. */
  const page = (folder = "paid"): string => `/${folder}/${randomUUID()}`;
  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    send(proxy.url + path, { method, headers });
  const field = ({ headers }: RawResponse, name: string): string => String(headers[name] ?? "");
  const offerOf = async (path: string) => field(await get(path), "payment-required");
  const payFor = async (path: string, by = wallet) => by.pay(await offerOf(path));
  const forge = (fields: Record<string, string>, change: (payment: Payment) => void) => {
    const text = Buffer.from(fields["PAYMENT-SIGNATURE"] ?? "", "base64").toString();
    const payment = JSON.parse(text) as Payment;
    change(payment);
    return { "PAYMENT-SIGNATURE": Buffer.from(JSON.stringify(payment)).toString("base64") };
  };
  const expectUnpaid = (response: RawResponse, status: number) => {
    expect(response.status).toBe(status);
    expect(response.body.toString()).not.toContain("the paid content");
    expect(field(response, "cache-control")).toMatch(/no-store/);
  };

  interface Payment {
    accepted: Record<string, unknown>;
    payload: { signature: string; authorization: Record<string, string> };
  }

  it("offers, takes a payment, and sends the content with PAYMENT-RESPONSE", async () => {
    const path = page();
    const unpaid = await get(path);
    expectUnpaid(unpaid, 402);
    expect(field(unpaid, "crawler-price")).toBe("");
    expect(wallet.readRequired(field(unpaid, "payment-required"))).toMatchObject({
      resource: { url: proxy.url + path },
      accepts: [{ scheme: "exact", network: NETWORK, amount: "10000", payTo: PAY_TO }],
    });
    expect(origin.requests).toHaveLength(0);

    const paid = await get(path, await payFor(path));
    expect(paid.status).toBe(200);
    expect(paid.body.toString()).toBe(PAGE);
    expect(wallet.readResponse(field(paid, "payment-response"))).toMatchObject({
      success: true,
      network: NETWORK,
      payer: wallet.address,
      amount: "10000",
    });
    expect(field(paid, "cache-control")).toMatch(/private/);
    expect(token.transfers).toEqual([{ from: wallet.address, to: PAY_TO, value: 10_000n }]);
    for (const { authorization } of facilitator.calls) expect(authorization).toBe(SECRET);
    // Paid content is in no cache of ours.
    expectUnpaid(await get(path), 402);
    expect(proxy.log.join("")).not.toContain("0123456789");
  });

  it("keeps the payment from the origin server, unless no rule charges for the path", async () => {
    const path = page();
    const payment = await payFor(path);
    expect((await get(path, payment)).status).toBe(200);
    const lenient = page("lenient");
    expect((await get(lenient, await payFor(lenient))).status).toBe(200);
    expect(origin.requests).toHaveLength(2);
    for (const { headers } of origin.requests) {
      expect(headers["payment-signature"]).toBeUndefined();
    }
    await get("/other", payment);
    expect(origin.requests.at(-1)?.headers["payment-signature"]).toBe(payment["PAYMENT-SIGNATURE"]);
  });

  it("sends markdown for a payment, too", async () => {
    const path = page();
    const paid = await get(path, { ...(await payFor(path)), accept: "text/markdown" });
    expect(paid.status).toBe(200);
    expect(field(paid, "content-type")).toContain("text/markdown");
    expect(paid.body.toString()).toContain("the paid content");
    expect(token.transfers).toHaveLength(1);
    expectUnpaid(await get(path, { accept: "text/markdown" }), 402);
  });

  it.each<[string, number, (payment: Payment) => void]>([
    ["amount", 402, ({ accepted }) => void (accepted["amount"] = "1")],
    ["signed amount", 402, ({ payload }) => void (payload.authorization["value"] = "1")],
    ["network", 402, ({ accepted }) => void (accepted["network"] = "eip155:8453")],
    ["asset", 402, ({ accepted }) => void (accepted["asset"] = PAY_TO)],
    ["recipient", 402, ({ accepted }) => void (accepted["payTo"] = `0x${"bb".repeat(20)}`)],
    [
      "signed recipient",
      402,
      ({ payload }) => void (payload.authorization["to"] = `0x${"bb".repeat(20)}`),
    ],
    ["payer", 402, ({ payload }) => void (payload.authorization["from"] = `0x${"bb".repeat(20)}`)],
    ["nonce", 402, ({ payload }) => void (payload.authorization["nonce"] = `0x${"bb".repeat(32)}`)],
    ["end", 402, ({ payload }) => void (payload.authorization["validBefore"] = "1")],
    ["later end", 402, ({ payload }) => void (payload.authorization["validBefore"] = "9999999999")],
    ["signature", 402, ({ payload }) => void (payload.signature = `0x${"5a".repeat(64)}1b`)],
    ["number", 400, ({ payload }) => void (payload.authorization["value"] = "1e4")],
    ["address", 400, ({ payload }) => void (payload.authorization["from"] = "0x1")],
  ])("refuses a payment with another %s", async (_what, status, change) => {
    const path = page();
    const response = await get(path, forge(await payFor(path), change));
    expectUnpaid(response, status);
    expect(origin.requests).toHaveLength(0);
    expect(facilitator.count("/settle")).toBe(0);
    expect(token.transfers).toEqual([]);
  });

  it.each([
    ["*/*", "application/problem+json"],
    ["text/html", "text/html; charset=utf-8"],
    ["text/markdown", "text/markdown; charset=utf-8"],
  ])(
    "offers and refuses payments in the form that the client accepts: %s",
    async (accept, type) => {
      const path = page();
      const unpaid = await get(path, { accept });
      expectUnpaid(unpaid, 402);
      expect(field(unpaid, "content-type")).toBe(type);
      expect(unpaid.body.toString()).toContain("USD 0.01");
      const offer = field(unpaid, "payment-required");
      // The offer is in a field, so it is the same for all forms.
      expect(offer).toBe(await offerOf(path));

      const cheaper = forge(
        await wallet.pay(offer),
        ({ accepted }) => void (accepted["amount"] = "1"),
      );
      const refused = await get(path, { ...cheaper, accept });
      expectUnpaid(refused, 402);
      expect(field(refused, "content-type")).toBe(type);
      expect(field(refused, "payment-required")).not.toBe("");
      expect(refused.body.toString()).toContain("USD 0.01");
      expect(origin.requests).toHaveLength(0);
    },
  );

  it("refuses fields that are malformed, doubled or huge, and repeats nothing of them", async () => {
    const path = page();
    const good = (await payFor(path))["PAYMENT-SIGNATURE"] ?? "";
    const fields = [
      "<script>alert(1)</script>",
      "e30=",
      "AAAA",
      `${good}${good}`,
      "A".repeat(9000),
    ];
    for (const value of fields) {
      const response = await get(path, { "PAYMENT-SIGNATURE": value, accept: "text/html" });
      expectUnpaid(response, 400);
      expect(response.body.toString()).not.toContain("alert");
    }
    const doubled = await send(proxy.url + path, {
      headers: { "PAYMENT-SIGNATURE": [good, good] },
    });
    expectUnpaid(doubled, 400);
    expect(facilitator.count("/verify")).toBe(0);
  });

  it("takes each payment once, here and elsewhere", async () => {
    const [path, other] = [page(), page()];
    const payment = await payFor(path);
    expect((await get(path, payment)).status).toBe(200);
    const replays = [await get(path, payment), await get(other, payment)];
    for (const replay of replays) expectUnpaid(replay, 402);
    expect(token.transfers).toHaveLength(1);
  });

  it("takes each payment once, with a facilitator that never notices a second use", async () => {
    const [path, other] = [page(), page()];
    const payment = await payFor(path);
    const transaction = `0x${"12".repeat(32)}`;
    facilitator.answers.set("/verify", { isValid: true });
    facilitator.answers.set("/settle", { success: true, transaction, network: NETWORK });
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) => get(i % 2 === 0 ? path : other, payment)),
    );
    all.push(await get(path, payment), await get(other, payment));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const each of all.filter(({ status }) => status !== 200)) {
      expect(each.body.toString()).not.toContain("the paid content");
    }
    expect(facilitator.count("/settle")).toBe(1);
  });

  it("sends the same content to the same payer again within the window, and no other", async () => {
    const [path, other] = [page("window"), page("window")];
    const payment = await payFor(path);
    expect((await get(path, payment)).status).toBe(200);
    // A new payment of the same wallet is not settled; one of another wallet is.
    const again = await get(path, await payFor(path));
    expect(again.status).toBe(200);
    expect(again.headers).not.toHaveProperty("payment-response");
    expect(field(again, "cache-control")).toMatch(/private/);
    expect(token.transfers).toHaveLength(1);
    expect((await get(path, await payFor(path, newWallet()))).status).toBe(200);
    expect(token.transfers).toHaveLength(2);
    facilitator.answers.set("/verify", { isValid: true });
    expectUnpaid(await get(other, payment), 402);
    expect((await get(path, payment)).status).toBe(200);
    expect(token.transfers).toHaveLength(2);
  });

  it("does not take a payment for a cheaper page at a dearer one", async () => {
    const dear = page("dear");
    expectUnpaid(await get(dear, await payFor(page())), 402);
    expect((await get(dear, await payFor(dear))).status).toBe(200);
    expect(token.transfers.map(({ value }) => value)).toEqual([5_000_000n]);
  });

  it.each<[string, Parameters<TestFacilitator["answers"]["set"]>[1]]>([
    ["is away", (_call, response) => void response.destroy()],
    ["fails", (_call, response) => void response.writeHead(500).end("{}")],
    ["answers in another way", { ok: true }],
    ["redirects", (_c, response) => void response.writeHead(307, { location: "/valid" }).end()],
  ])("sends nothing if the facilitator %s when it verifies", async (_what, answer) => {
    const path = page();
    const payment = await payFor(path);
    facilitator.answers.set("/verify", answer);
    facilitator.answers.set("/valid", { isValid: true });
    expectUnpaid(await get(path, payment), 503);
    expect(origin.requests).toHaveLength(0);
    expect(token.transfers).toEqual([]);
    const lenient = page("lenient");
    const allowed = await get(lenient, await payFor(lenient));
    expect(allowed.status).toBe(200);
    expect(allowed.headers).not.toHaveProperty("payment-response");
  });

  it.each<[string, Parameters<TestFacilitator["answers"]["set"]>[1]]>([
    ["is away", (_call, response) => void response.destroy()],
    ["fails", (_call, response) => void response.writeHead(500).end("{}")],
    ["answers in another way", { ok: true }],
    ["is slow", () => undefined],
    [
      "names another network",
      { success: true, transaction: `0x${"12".repeat(32)}`, network: "a:b" },
    ],
  ])("sends nothing if the facilitator %s when it settles", async (_what, answer) => {
    const path = page();
    const payment = await payFor(path);
    facilitator.answers.set("/settle", answer);
    const response = await get(path, payment);
    expectUnpaid(response, 503);
    expect(facilitator.count("/settle")).toBeGreaterThan(0);
    expect(JSON.parse(response.body.toString())).toMatchObject({
      type: "/.wayleave/problems/payment-unavailable",
      detail: expect.stringContaining("not known") as string,
    });
    const lenient = page("lenient");
    const allowed = await get(lenient, await payFor(lenient));
    expect(allowed.body.toString()).toBe(PAGE);
    expect(allowed.headers).not.toHaveProperty("payment-response");
    // The result is not known, so nothing else is paid with it.
    expect((await get(page(), payment)).status).not.toBe(200);
  });

  it("sends 402 with PAYMENT-RESPONSE and no content if the payment is not settled", async () => {
    const path = page();
    const payment = await payFor(path);
    facilitator.answers.set("/settle", {
      success: false,
      errorReason: "insufficient_funds",
      transaction: "",
      network: NETWORK,
    });
    const response = await get(path, payment);
    expectUnpaid(response, 402);
    expect(wallet.readResponse(field(response, "payment-response"))).toEqual({
      success: false,
      errorReason: "insufficient_funds",
      transaction: "",
      network: NETWORK,
      payer: wallet.address,
    });
    expect(wallet.readRequired(field(response, "payment-required"))).toMatchObject({
      x402Version: 2,
    });
  });

  it.each<[string, number, Exclude<TestOrigin["missing"], undefined>]>([
    ["404", 404, (_request, response) => void response.writeHead(404).end("no such page")],
    ["500", 500, (_request, response) => void response.writeHead(500).end("broken")],
    ["302", 302, (_request, response) => void response.writeHead(302, { location: "/" }).end()],
    ["304", 304, (_request, response) => void response.writeHead(304, { etag: '"1"' }).end()],
    ["204", 204, (_request, response) => void response.writeHead(204).end()],
  ])(
    "charges nothing for a %s, and the payment can still be used",
    async (_what, status, answer) => {
      const path = page();
      const payment = await payFor(path);
      origin.missing = answer;
      const headers = status === 304 ? { ...payment, "if-none-match": '"1"' } : payment;
      const response = await get(path, headers);
      expect(response.status).toBe(status);
      expect(response.headers).not.toHaveProperty("payment-response");
      expect(facilitator.count("/settle")).toBe(0);
      origin.missing = (_request, answered) => void answered.end("the paid content");
      expect((await get(path, payment)).status).toBe(200);
      expect(token.transfers).toHaveLength(1);
    },
  );

  it("does not sell content that is too large to be received before it is paid", async () => {
    const path = page();
    const payment = await payFor(path);
    const piece = "the paid content ".repeat(4096);
    origin.missing = (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      for (let sent = 0; sent < 3 * 1024 * 1024; sent += piece.length) response.write(piece);
      response.end();
    };
    expectUnpaid(await get(path, payment), 503);
    expect(facilitator.count("/settle")).toBe(0);
    origin.missing = (_request, response) => void response.end(piece);
    expect((await get(path, payment)).body.toString()).toBe(piece);
    expect(token.transfers).toHaveLength(1);
  });

  it("opens no WebSocket for a payment, which would never be settled", async () => {
    const path = page();
    origin.onUpgrade((_request, socket) => {
      const head = [
        "HTTP/1.1 101 Switching Protocols",
        "Connection: Upgrade",
        "Upgrade: websocket",
      ];
      socket.end([...head, `Sec-WebSocket-Accept: ${ACCEPT}`, "", "the paid content"].join("\r\n"));
    });
    const headers = {
      ...(await payFor(path)),
      connection: "upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": KEY,
    };
    expectUnpaid(await get(path, headers), 400);
  });

  it("asks the origin server for one request at a time that shows the same payment", async () => {
    for (const folder of ["paid", "lenient"]) {
      const payment = await payFor(page(folder));
      origin.requests.length = 0;
      origin.missing = (_request, response) => {
        setTimeout(() => response.end("the paid content"), 300);
      };
      const all = await Promise.all(Array.from({ length: 10 }, () => get(page(folder), payment)));
      expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const each of all) if (each.status !== 200) expectUnpaid(each, 503);
      expect(origin.requests).toHaveLength(1);
    }
  });

  it("charges nothing for HEAD, nor for content that breaks off", async () => {
    const path = page();
    const payment = await payFor(path);
    const head = await get(path, payment, "HEAD");
    expect(head.headers).not.toHaveProperty("payment-response");
    origin.missing = (_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("the paid content", () => setTimeout(() => response.destroy(), 50));
    };
    const broken = await get(path, payment).catch(() => undefined);
    expect(broken?.body.toString() ?? "").not.toContain("the paid content");
    expect(facilitator.count("/settle")).toBe(0);
    expect(token.transfers).toEqual([]);
  });
});
