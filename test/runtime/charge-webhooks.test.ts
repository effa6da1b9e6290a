import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { memoryAccounts } from "../../src/store/memory-accounts.ts";
import { startCloudflareStorage, type CloudflareStorage } from "../support/cloudflare-storage.ts";
import { send } from "../support/client.ts";
import { workerEntries } from "../support/ledger-entries.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { agentsOf, atMost, payingAgent, signedBy, type PayingAgent } from "../support/paying.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { accept, signatureOf, startWebhook, type TestWebhook } from "../support/webhook.ts";

const PAGE = "content that has a price";
const SECRET = randomBytes(24);
const PRICE = "USD 0.01";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a webhook of charges, on %s", (runtime) => {
  const accounts = memoryAccounts();
  let origin: TestOrigin;
  let webhook: TestWebhook;
  let storage: CloudflareStorage;
  let agent: PayingAgent;
  let proxy: Proxy;
  const others: Proxy[] = [];

  const start = (secret: string | undefined, more = {}): Promise<Proxy> => {
    const access = { action: "charge", price: PRICE, webhook: webhook.url, settleWithin: "1s" };
    const lenient = { ...access, onError: "allow" };
    return RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        agents: agentsOf([agent]),
        rules: [
          { name: "lenient", match: { path: "/lenient/*" }, access: lenient },
          { name: "priced", match: { path: "/priced/*" }, access },
        ],
      },
      ...(secret === undefined ? {} : { variables: { LEDGER_SECRET: secret } }),
      ...more,
    });
  };
  beforeAll(async () => {
    [origin, webhook, storage, agent] = await Promise.all([
      startOrigin(),
      startWebhook(),
      startCloudflareStorage(),
      payingAgent("RichBot"),
    ]);
    origin.missing = (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" }).end(PAGE);
    };
    proxy = await start(`whsec_${SECRET.toString("base64")}`, {
      platform: { accounts },
      storage,
    });
  });
  afterAll(async () => {
    await Promise.all([proxy, ...others].map((each) => each.close()));
    await Promise.all([origin.close(), webhook.close()]);
    storage.close();
  });
  beforeEach(() => {
    webhook.answer = accept;
    webhook.received.length = 0;
  });

  const signed = (path: string, at = proxy) => signedBy(agent, at.url + path, atMost("USD 0.02"));
  const pay = async (path: string, at = proxy) =>
    send(at.url + path, { headers: await signed(path, at) });
  const kinds = async (path: string): Promise<string[]> => {
    const all =
      runtime === "node" ? (await accounts.entries({})).entries : workerEntries(storage.folder);
    return all.filter(({ url }) => url.endsWith(path)).map(({ kind }) => kind);
  };
  const types = (): string[] => webhook.received.map(({ event }) => event.type);

  test("that accepts: the content, once for each signature", async () => {
    const headers = await signed("/priced/a");
    const answer = await send(`${proxy.url}/priced/a`, { headers });
    expect([answer.status, answer.body.toString()]).toEqual([200, PAGE]);
    expect(answer.headers["crawler-charged"]).toBe(PRICE);
    const [one] = webhook.received;
    expect(one?.event).toEqual({
      type: "charge",
      key: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      account: "RichBot",
      amount: PRICE,
      url: `${proxy.url}/priced/a`,
      rule: "priced",
      at: expect.any(Number) as number,
    });
    expect(Math.abs((one?.event.at ?? 0) - Date.now() / 1000)).toBeLessThan(10);
    await vi.waitFor(async () => expect(await kinds("/priced/a")).toEqual(["charge", "settled"]));
    // Within the window, the same content costs nothing, and asks nobody.
    expect((await send(`${proxy.url}/priced/a`, { headers })).status).toBe(200);
    expect(types()).toEqual(["charge"]);
  });

  test("can verify who asks, and knows each attempt", async () => {
    await pay("/priced/signed");
    const [one] = webhook.received;
    if (one === undefined) throw new Error("it was not asked");
    expect(one.headers["webhook-signature"]).toBe(signatureOf(one, SECRET));
    expect(one.headers["webhook-timestamp"]).toBe(String(one.event.at));
    expect(one.headers["idempotency-key"]).toBe(`charge-${one.event.key}`);
    expect(one.headers["webhook-id"]).toBe(one.headers["idempotency-key"]);
    expect(one.headers["content-type"]).toBe("application/json");
  });

  test("that refuses: no content, and no charge", async () => {
    webhook.answer = (_one, response) => void response.end('{"decision":"refuse"}');
    const headers = await signed("/priced/refused");
    const answer = await send(`${proxy.url}/priced/refused`, { headers });
    expect([answer.status, answer.headers["crawler-error"]]).toEqual([403, "PaymentFailed"]);
    expect(answer.headers["crawler-charged"]).toBeUndefined();
    expect(answer.headers["cache-control"]).toBe("private, no-store");
    expect(answer.body.toString()).not.toContain(PAGE);
    await vi.waitFor(async () =>
      expect(await kinds("/priced/refused")).toEqual(["charge", "void"]),
    );
    const lenient = await pay("/lenient/refused");
    expect(lenient.status).toBe(403);
    // A charge that was voided stays so.
    webhook.answer = accept;
    const again = await send(`${proxy.url}/priced/refused`, { headers });
    expect([again.status, again.body.toString().includes(PAGE)]).toEqual([400, false]);
    expect(types()).toEqual(["charge", "charge"]);
  });

  const FAULTS: [string, TestWebhook["answer"]][] = [
    ["does not answer", () => {}],
    ["fails", (_one, response) => void response.writeHead(500).end('{"decision":"accept"}')],
    ["answers no JSON", (_one, response) => void response.end("accept")],
    ["answers another word", (_one, response) => void response.end('{"decision":"yes"}')],
    ["answers a list", (_one, response) => void response.end('[{"decision":"accept"}]')],
    [
      "answers too much",
      (_one, response) => void response.end(`{"decision":"accept","x":"${"x".repeat(5000)}"}`),
    ],
    [
      "sends elsewhere",
      (_one, response) => void response.writeHead(307, { location: webhook.url }).end(),
    ],
    ["breaks off", (_one, response) => void response.destroy()],
    [
      "stops in the middle",
      (_one, response) => {
        response.writeHead(200, { "content-length": "99" });
        response.write('{"decision":"accept"}');
      },
    ],
  ];
  test.each(FAULTS)("that %s: no content, and the charge is given back", async (name, fault) => {
    const path = `/priced/${name.replaceAll(" ", "-")}`;
    let credits = 0;
    webhook.answer = (one, response) => {
      if (one.event.type === "charge") return fault(one, response);
      // The first credit is lost.
      return ++credits === 1 ? void response.writeHead(502).end() : accept(one, response);
    };
    const headers = await signed(path);
    const answer = await send(proxy.url + path, { headers });
    expect([answer.status, answer.headers["crawler-error"]]).toEqual([503, "InternalError"]);
    expect(answer.headers["crawler-charged"]).toBeUndefined();
    expect(answer.headers["retry-after"]).toBeDefined();
    expect(answer.body.toString()).not.toContain(PAGE);
    await vi.waitFor(() => expect(types()).toEqual(["charge", "credit", "credit"]), 5000);
    const [charge, first, second] = webhook.received;
    expect(first?.event.key).toBe(charge?.event.key);
    expect(first?.event.amount).toBe(PRICE);
    expect(first?.headers["idempotency-key"]).toBe(`credit-${charge?.event.key}`);
    expect(second?.headers["idempotency-key"]).toBe(first?.headers["idempotency-key"]);
    expect(second?.headers["webhook-signature"]).toBe(signatureOf(second as never, SECRET));
    await vi.waitFor(async () => expect(await kinds(path)).toEqual(["charge", "void"]));
    // The same signature is never charged later.
    webhook.answer = accept;
    const again = await send(proxy.url + path, { headers });
    expect([again.status, again.headers["crawler-charged"]]).toEqual([400, undefined]);
  });

  test("that fails, with onError allow: the content, without a charge", async () => {
    webhook.answer = (_one, response) => void response.writeHead(500).end();
    const answer = await pay("/lenient/failed");
    expect([answer.status, answer.body.toString()]).toEqual([200, PAGE]);
    expect(answer.headers["crawler-charged"]).toBeUndefined();
    await vi.waitFor(async () => expect(await kinds("/lenient/failed")).toContain("void"));
  });

  test("without a secret: it is not asked, nobody is charged, and the log says so", async () => {
    for (const [secret, why] of [
      [undefined, "LEDGER_SECRET is not set"],
      ["whsec_?", "LEDGER_SECRET is not base64"],
    ] as const) {
      const other = await start(secret);
      others.push(other);
      const { status, headers, body } = await pay("/priced/secret", other);
      expect([status, headers["crawler-error"]]).toEqual([503, "InternalError"]);
      expect(body.toString()).not.toContain(PAGE);
      await vi.waitFor(() => expect(other.log.join("")).toContain(why));
    }
    const asked = webhook.received.filter(({ event }) => event.url.endsWith("/priced/secret"));
    expect(asked).toEqual([]);
  });

  test("with a secret that is text: signed by its bytes", async () => {
    const other = await start("a secret of words");
    others.push(other);
    expect((await pay("/priced/text", other)).status).toBe(200);
    const one = webhook.received.find(({ event }) => event.url.endsWith("/priced/text"));
    const expected = one && signatureOf(one, Buffer.from("a secret of words"));
    expect(one?.headers["webhook-signature"]).toBe(expected);
  });
});
