// An agent that the bot table does not list pays from one account, however it spells its URL.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WELL_KNOWN_DIRECTORY } from "../../src/http/known-paths.ts";
import {
  DIRECTORY_TYPE,
  generateKeys,
  signMessage,
  type PrivateJwk,
} from "../../src/agent/web-bot-auth/index.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startOutside, type Outside } from "../support/outside.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const TOKEN = "the-token-of-the-operator";
const headers = { authorization: `Bearer ${TOKEN}` };

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("spellings of an agent on %s", (runtime) => {
  let outside: Outside;
  let origin: TestOrigin;
  let proxy: Proxy;
  let key: PrivateJwk;

  beforeAll(async () => {
    [outside, origin] = await Promise.all([startOutside(), startOrigin()]);
    origin.routes.set("/page", (_request, response) => void response.end("content"));
    const made = await generateKeys();
    key = made.privateJwk;
    const body = JSON.stringify(made.directory);
    outside.answers.set(WELL_KNOWN_DIRECTORY, { type: DIRECTORY_TYPE, body });
    const access = { action: "charge", price: "USD 0.01", window: "0s" };
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: { agents: { openDiscovery: true, maxAge: "2m" }, defaults: { access } },
      adminToken: TOKEN,
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
    outside?.close();
  });

  const pay = async (agent: string): Promise<string> => {
    const created = Math.floor(Date.now() / 1000);
    const price = { "crawler-exact-price": "USD 0.01" };
    const message = { method: "GET", url: `${proxy.url}/page` };
    const times = { created, expires: created + 60, nonce: crypto.randomUUID() };
    const signed = await signMessage(message, key, { agent, ...times, fields: price });
    const got = await send(message.url, { headers: signed });
    return String(got.headers["crawler-charged"] ?? got.headers["crawler-error"] ?? got.status);
  };
  const balances = async (query = ""): Promise<unknown> => {
    const got = await send(`${proxy.url}/.wayleave/ledger/balances${query}`, { headers });
    return (JSON.parse(got.body.toString()) as { balances: unknown }).balances;
  };

  it("share the account that the operator has filled by one of them", async () => {
    // The first request fetches the directory.
    await expect.poll(() => pay(outside.url), { timeout: 20_000 }).toBe("PaymentFailed");
    const order = { key: "1", account: `${outside.url}/`, amount: "USD 0.03" };
    const body = JSON.stringify(order);
    await send(`${proxy.url}/.wayleave/ledger/credit`, { method: "POST", headers, body });
    const spellings = ["", "/", WELL_KNOWN_DIRECTORY].map((path) => outside.url + path);
    for (const agent of spellings) expect([agent, await pay(agent)]).toEqual([agent, "USD 0.01"]);
    expect(await pay(`${outside.url}/`)).toBe("PaymentFailed");
    const own = { account: outside.url, currency: "USD", balance: "0.00", creditLimit: null };
    expect(await balances()).toEqual([own]);
    expect(await balances(`?account=${encodeURIComponent(`${outside.url}/`)}`)).toEqual([own]);
  });
});
