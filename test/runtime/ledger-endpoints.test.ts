// The operator's ledger over sockets: the endpoints, and `wayleave ledger --proxy`.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ledger } from "../../src/cli/ledger/command.ts";
import { send, type RequestOptions } from "../support/client.ts";
import { readCsv } from "../support/csv.ts";
import { needs } from "../support/needs.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { agentsOf, atMost, payingAgent, signedBy, type PayingAgent } from "../support/paying.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const TOKEN = "the-token-of-the-operator";
const PURGE = "a-token-that-only-purges";
const bearer = { authorization: `Bearer ${TOKEN}` };

/** Runs the command in this process; it reaches a proxy over a socket. */
async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const said = { out: "", err: "" };
  const code = await ledger.run({
    argv,
    env: { ADMIN_TOKEN: TOKEN, ...env },
    input: (async function* () {})(),
    color: false,
    out: (text) => (said.out += String(text)),
    err: (text) => (said.err += text),
  });
  return { code, ...said };
}

/** Changes and reads of an operator, with names that are hard to write. */
const COMMANDS = [
  ["credit", "GPTBot", "USD 25.00", "--key", "one", "--note", '=1+1, "a"\nb'],
  ["credit", "GPTBot", "USD -5", "--key", "two", "--json"],
  ["limit", "GPTBot", "USD 100"],
  ["credit", "https://a,b.example/ü", "EUR 0.000001", "--key", "three"],
  ["limit", "GPTBot", "none", "--currency", "USD", "--json"],
  ["credit", "gptbot", "USD 1", "--key", "four"],
  ["limit", "Nobody Knows", "USD 2"],
  ["balance", "--json"],
  ["balance"],
  ["balance", "Stranger"],
  ["export", "--csv"],
  ["export", "--json", "--account", "GPTBot"],
  ["export", "--csv", "--since", "2099-01-01"],
] as const;

const at = (texts: readonly string[]): string[] =>
  texts.map((text) => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME"));

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the ledger on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  let bot: PayingAgent;

  beforeAll(async () => {
    [origin, bot] = await Promise.all([startOrigin(), payingAgent("PayBot")]);
    origin.routes.set("/paid/a,b", (_request, response) => void response.end("content"));
    const access = { action: "charge", price: "USD 0.01", window: "0s" };
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        agents: agentsOf([bot]),
        rules: [{ name: "paid", match: { path: "/paid/*" }, access }],
      },
      adminToken: TOKEN,
      purgeToken: PURGE,
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const remote = (...argv: string[]) => run([...argv, "--proxy", proxy.url]);
  const own = (name: string, options: RequestOptions = {}) =>
    send(`${proxy.url}/.wayleave/ledger/${name}`, { headers: bearer, ...options });
  const post = (name: string, body: unknown) =>
    own(name, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });

  it("prints the same as the command on a store of this machine", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wayleave-ledger-"));
    const store = `sqlite:${join(folder, "store.sqlite")}`;
    for (const argv of COMMANDS) {
      const here = await run([...argv, "--store", store]);
      const there = await remote(...argv);
      // A Worker's accounts are in the order of their first use, a file's in that of their names.
      const lines = ({ out, err, code }: typeof here) => ({
        code,
        err,
        out: at(argv[0] === "balance" ? sortedOf(out) : [out]),
      });
      expect(lines(there), argv.join(" ")).toEqual(lines(here));
    }
    rmSync(folder, { recursive: true });
  });

  it("warns of accounts that no request might use, and tells nothing twice", async () => {
    const near = await remote("credit", "paybot", "USD 1");
    expect(near.err).toBe(
      'warning: paybot: no bot of the table has this name, and it is no https URL of a Signature-Agent; the table has "PayBot"\n',
    );
    expect((await remote("credit", "https://other.example", "USD 1")).err).toBe("");
    expect((await remote("limit", "PayBot", "USD 0")).err).toBe("");
    await remote("credit", "PayBot", "USD 1", "--key", "once");
    await expect(remote("credit", "PayBot", "USD 1", "--key", "once")).rejects.toThrow(
      "this key is known: nothing changed",
    );
    expect((await remote("balance", "PayBot")).out).toBe(
      "PayBot: USD 1.00, credit limit USD 0.00\n",
    );
    const order = { key: "many", account: "Many", amount: "USD 3" };
    const all = await Promise.all(Array.from({ length: 8 }, () => post("credit", order)));
    const news = all.map(({ body }) => (JSON.parse(body.toString()) as { isNew: boolean }).isNew);
    expect(news.filter(Boolean)).toHaveLength(1);
    expect((await remote("balance", "Many")).out).toBe("Many: USD 3.00\n");
  });

  it("fills an account that then pays, and exports the charge", needs("python3"), async () => {
    const url = `${proxy.url}/paid/a,b`;
    const pay = async () => send(url, { headers: await signedBy(bot, url, atMost("USD 0.01")) });
    await remote("credit", "PayBot", "USD -1");
    expect((await pay()).headers["crawler-error"]).toBe("PaymentFailed");
    await remote("credit", "PayBot", "USD 0.01", "--note", '"=SUM(A1)", über\r\nzwei');
    expect((await pay()).headers["crawler-charged"]).toBe("USD 0.01");
    expect((await pay()).status).toBe(403);
    const rows = readCsv((await remote("export", "--csv", "--account", "PayBot")).out);
    expect(rows.slice(-2)).toMatchObject([
      { kind: "top-up", amount: "0.01", reference: '"=SUM(A1)", über\r\nzwei', via: "operator" },
      { kind: "charge", amount: "0.01", balanceChange: "-0.01", url, rule: "paid", via: "ledger" },
    ]);
    const { out } = await remote("export", "--json", "--account", "PayBot");
    const entries = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(rows).toEqual(entries);
  });

  it("exports pages of many accounts, each entry once", needs("python3"), async () => {
    const names = Array.from({ length: 60 }, (_, i) => `https://agent-${i}.example`);
    for (const account of names) {
      const { status } = await post("credit", { key: account, account, amount: "CHF 1" });
      expect(status).toBe(200);
    }
    const first = JSON.parse((await own("entries")).body.toString()) as { entries: unknown[] };
    expect(first.entries.length).toBeLessThanOrEqual(1000);
    const rows = readCsv((await remote("export", "--csv")).out);
    expect(rows.filter(({ currency }) => currency === "CHF").map(({ account }) => account)).toEqual(
      names,
    );
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
    const lines = (await remote("balance")).out.split("\n");
    expect(lines.filter((line) => line.endsWith("CHF 1.00"))).toHaveLength(60);
  });

  it("refuses requests without the admin token, and tells them nothing", async () => {
    const before = origin.requests.length;
    for (const name of ["entries", "balances", "credit", "limit"]) {
      const method = name === "credit" || name === "limit" ? "POST" : "GET";
      for (const headers of [
        {},
        { authorization: "Bearer not-the-token-of-the-operator" },
        { authorization: `Bearer ${PURGE}` },
        { authorization: `Basic ${btoa(`x:${TOKEN}`)}` },
      ]) {
        const answer = await own(name, { method, headers });
        expect([name, answer.status]).toEqual([name, 401]);
        expect(answer.headers["www-authenticate"]).toMatch(/^Bearer realm="wayleave"/);
        expect(answer.body.toString()).not.toContain("PayBot");
      }
    }
    for (const [name, method] of [
      ["entries", "POST"],
      ["balances", "DELETE"],
      ["credit", "GET"],
      ["limit", "PUT"],
    ] as const) {
      expect((await own(name, { method })).status, name).toBe(405);
    }
    expect((await own("credits")).status).toBe(404);
    expect(origin.requests.length).toBe(before);
  });

  it.each([
    ["credit", "{"],
    ["credit", "null"],
    ["credit", { account: "A", amount: "USD 1" }],
    ["credit", { key: "k", account: "", amount: "USD 1" }],
    ["credit", { key: "k", account: "A".repeat(2049), amount: "USD 1" }],
    ["credit", { key: "k", account: "A", amount: 1 }],
    ["credit", { key: "k", account: "A", amount: "USD 0" }],
    ["credit", { key: "k", account: "A", amount: "1e3 USD" }],
    ["credit", { key: "k", account: "A", amount: "USD --1" }],
    ["credit", { key: "k", account: "A", amount: "USD 1000000.1" }],
    ["credit", { key: "k", account: "A", amount: "USD 1", extra: true }],
    ["credit", { key: "k", account: "A", amount: "USD 1", note: "n".repeat(501) }],
    ["credit", "x".repeat(9000)],
    ["limit", { account: "A", limit: "USD -1" }],
    ["limit", { account: "A", limit: null }],
    ["limit", { account: "A", limit: null, currency: "usd" }],
    ["limit", { account: "A" }],
  ])("refuses %s of %j, and changes nothing", async (name, body) => {
    const before = (await remote("balance", "--json")).out;
    const { status, body: content } = await post(name, body);
    expect(status).toBe(400);
    expect((JSON.parse(content.toString()) as { detail: string }).detail).toMatch(
      /^(Send \{|The (amount|limit) must be three capital letters)/,
    );
    expect((await remote("balance", "--json")).out).toBe(before);
  });

  it.each(["since=soon", "since=1d&since=2d", "after=", "limit=1", `account=${"a".repeat(2049)}`])(
    "refuses the query %s",
    async (query) => {
      expect((await own(`entries?${query}`)).status).toBe(400);
    },
  );

  it("reads no page after places that it never gave", async () => {
    for (const after of ["x", "0:'", "99999999999999999:0", "-1", "0:999999", '["a"]', "%00"]) {
      for (const name of ["entries", "balances"]) {
        const { status, body } = await own(`${name}?after=${encodeURIComponent(after)}`);
        expect([after, status]).toEqual([after, 200]);
        expect(JSON.parse(body.toString())).toHaveProperty(name);
      }
    }
  });
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "without an admin token, on %s",
  (runtime) => {
    it("there is no endpoint of the ledger, in any spelling", async () => {
      const origin = await startOrigin();
      const proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: {}, purgeToken: PURGE });
      for (const path of [
        "/.wayleave/ledger/entries",
        "/.wayleave/ledger/balances?account=A",
        "/.wayleave/%6cedger/entries",
        "/.WAYLEAVE/ledger/credit",
      ]) {
        for (const method of ["GET", "POST"]) {
          const headers = { authorization: `Bearer ${PURGE}` };
          expect((await send(proxy.url + path, { method, headers })).status, path).toBe(404);
        }
      }
      expect(origin.requests.map(({ url }) => url)).toEqual([]);
      await expect(run(["balance", "--proxy", proxy.url])).rejects.toThrow(
        "is not wayleave, or was started without ADMIN_TOKEN",
      );
      await proxy.close();
      await origin.close();
    });
  },
);

describe("wayleave ledger --proxy", () => {
  it("refuses wrong uses", async () => {
    const at = "http://127.0.0.1:9";
    for (const [argv, why] of [
      [["balance", "--proxy", "x"], "--proxy must be a URL"],
      [["balance", "--proxy", at, "--store", "sqlite:a"], "its own store and rules"],
      [["balance", "--token-file", "f"], "--token-file needs --proxy"],
      [
        ["credit", "A", "USD 1", "--proxy", at],
        "no response from http://127.0.0.1:9; to try again, add --key ",
      ],
      [
        ["credit", "A", "25", "--proxy", at],
        'the amount must be three capital letters, one space and a decimal number of at most six places and a million, such as "USD 25.00", not "25"',
      ],
    ] as const) {
      await expect(run(argv)).rejects.toThrow(why);
    }
    await expect(run(["balance", "--proxy", at], { ADMIN_TOKEN: "" })).rejects.toThrow(
      "no token: set ADMIN_TOKEN, or use --token-file",
    );
  });

  it("ends if a server repeats pages, or sends something else", async () => {
    let answer: object = {};
    const server = createServer((_request, response) => void response.end(JSON.stringify(answer)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const fails = async (verb: string[], value: object, why: string) => {
      answer = value;
      await expect(run([...verb, "--proxy", url])).rejects.toThrow(why);
    };
    const odd = "this is not a response of wayleave";
    await fails(["balance"], {}, odd);
    await fails(["balance"], { balances: [{}], next: null }, odd);
    await fails(["export", "--csv"], { entries: [{ time: 1 }], next: null }, odd);
    await fails(["export", "--csv"], { entries: [], next: 7 }, odd);
    await fails(["export", "--csv"], { entries: [], next: "1" }, "the ledger repeats a page");
    await fails(["limit", "A", "USD 1"], { balance: null }, odd);
    server.close();
  });
});

/** Lines in the order of their texts, or the members of a list in JSON. */
function sortedOf(out: string): string[] {
  const lines = out.startsWith("[")
    ? (JSON.parse(out) as object[]).map((each) => JSON.stringify(each))
    : out.split("\n");
  return lines.toSorted();
}
