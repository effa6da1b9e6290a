import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVerifier, httpbis } from "http-message-signatures";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/cli.ts";
import { startCommand } from "../support/started.ts";

let folder: string;
let key: JsonWebKey;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-charges-"));
  await runCommand(folder, ["keys", "--out", "agent"]);
  const directory = JSON.parse(readFileSync(join(folder, "agent/directory.json"), "utf8")) as {
    keys: [JsonWebKey];
  };
  [key] = directory.keys;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ORIGIN = "http://127.0.0.1:9";
const rulesFile = (name: string, access: object): string => {
  const charge = { action: "charge", price: "USD 0.01", ...access };
  const rules = { rules: [{ name: "paid", match: { path: "/paid" }, access: charge }] };
  writeFileSync(join(folder, name), JSON.stringify(rules));
  return name;
};
const KEY = ["--key", "agent/private.jwk.json"];
const WEBHOOK = { webhook: "https://ledger.example/charges" };
const X402 = {
  settle: "x402",
  x402: {
    facilitator: "https://facilitator.example",
    authorization: "X402_TOKEN",
    network: "eip155:84532",
    asset: "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
    name: "USDC",
    version: "2",
    payTo: "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
  },
};

describe("wayleave start", () => {
  it.each([
    ["node", WEBHOOK, {}, "a charge with a webhook needs a secret, and LEDGER_SECRET is not set"],
    [
      "workers",
      WEBHOOK,
      {},
      "a charge with a webhook needs a secret, and LEDGER_SECRET is not set",
    ],
    ["node", { ...WEBHOOK, mode: "observe" }, { LEDGER_SECRET: "" }, "LEDGER_SECRET is not set"],
    ["node", WEBHOOK, { LEDGER_SECRET: "whsec_" }, "LEDGER_SECRET is not set"],
    ["node", WEBHOOK, { LEDGER_SECRET: "whsec_%" }, "LEDGER_SECRET is not base64 after whsec_"],
    [
      "node",
      X402,
      {},
      'a charge by x402 has "authorization": "X402_TOKEN", and X402_TOKEN is not set',
    ],
  ] as const)("on %s refuses %j with %j", async (runtime, access, env, why) => {
    const rules = rulesFile("secret.jsonc", access);
    const argv = ["--runtime", runtime, "--rules", rules, "--origin", ORIGIN];
    const started = startCommand(folder, argv, { LEDGER_SECRET: undefined, ...env });
    await expect(started).rejects.toThrow(why);
    expect(await started.catch(String)).not.toContain("%");
  });

  it("starts with the secrets", async () => {
    for (const [access, env] of [
      [WEBHOOK, { LEDGER_SECRET: "a secret" }],
      [X402, { X402_TOKEN: "Bearer x" }],
    ] as const) {
      const rules = rulesFile("secret.jsonc", access);
      const argv = ["--runtime", "node", "--rules", rules, "--origin", ORIGIN];
      const proxy = await startCommand(folder, argv, env);
      expect(await proxy.stop()).toBe(0);
    }
  });

  it("gives each store of a folder a ledger of its own", async () => {
    const rules = rulesFile("paid.jsonc", {});
    for (const name of ["one.sqlite", "two.sqlite", "three.db"]) {
      const argv = ["--runtime", "node", "--rules", rules, "--origin", ORIGIN];
      const proxy = await startCommand(folder, [...argv, "--store", `sqlite:${name}`]);
      await proxy.stop();
      const credit = ["ledger", "credit", "GPTBot", "USD 1", "--store", `sqlite:${name}`];
      expect((await runCommand(folder, credit)).out).toBe("GPTBot: USD 1.00\n");
    }
    const ledgers = readdirSync(folder).filter((name) => name.endsWith("ledger.sqlite"));
    expect(ledgers.sort()).toEqual([
      "one.ledger.sqlite",
      "three.db-ledger.sqlite",
      "two.ledger.sqlite",
    ]);
  });

  it("does not begin a new ledger beside one that stores shared, and says what to do", async () => {
    writeFileSync(join(folder, "ledger.sqlite"), "");
    const rules = rulesFile("paid.jsonc", {});
    const argv = ["--runtime", "node", "--rules", rules, "--origin", ORIGIN];
    const why =
      "the ledger of this store is four.ledger.sqlite now: stop all proxies, and rename ledger.sqlite, with -wal and -shm";
    await expect(startCommand(folder, [...argv, "--store", "sqlite:four.sqlite"])).rejects.toThrow(
      why,
    );
    const credit = ["ledger", "credit", "GPTBot", "USD 1", "--store", "sqlite:four.sqlite"];
    expect(await runCommand(folder, credit)).toEqual({
      code: 2,
      out: "",
      err: `wayleave ledger: ${why}\n`,
    });
    // It belongs to the default store, if that is there.
    writeFileSync(join(folder, "wayleave.sqlite"), "");
    expect((await runCommand(folder, credit)).code).toBe(0);
  });
});

describe("wayleave sign --field", () => {
  const url = "https://site.example/page?a=1";
  const sign = (...more: string[]) =>
    runCommand(folder, ["sign", ...KEY, "--agent", "https://bot.example", ...more]);

  it("signs the fields that it prints, as another library verifies", async () => {
    const fields = [
      "--field",
      "Crawler-Exact-Price:  USD 0.01 ",
      "--field",
      "payment-signature: e30=",
    ];
    const { out } = await sign(...fields, "--json", url);
    const headers = JSON.parse(out) as Record<string, string>;
    expect(headers).toMatchObject({
      "crawler-exact-price": "USD 0.01",
      "payment-signature": "e30=",
    });
    const [input = ""] = [headers["Signature-Input"]];
    expect(input).toContain('"crawler-exact-price" "payment-signature")');
    const pem = createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" });
    const verified = (changed: object) =>
      httpbis.verifyMessage(
        { keyLookup: () => Promise.resolve({ verify: createVerifier(pem, "ed25519") }) },
        { method: "GET", url, headers: { ...headers, ...changed } },
      );
    expect(await verified({})).toBe(true);
    expect(await verified({ "crawler-exact-price": "USD 0.02" })).toBe(false);
    expect(await verified({ "payment-signature": "e31=" })).toBe(false);
  });

  it("writes values with quotation marks for curl", async () => {
    const { out } = await sign("--field", 'x-note: "a\\b"', url);
    expect(out).toContain('header = "x-note: \\"a\\\\b\\""\n');
  });

  it.each([
    ["crawler-exact-price", 'a field such as "crawler-exact-price: USD 0.01", in ASCII'],
    ["crawler-exact-price:", "a field such as"],
    [": USD 1", "a field such as"],
    ["a b: c", "a field such as"],
    ["x: a\r\ny: b", "a field such as"],
    ["x: a\nurl = file:///etc/passwd", "a field such as"],
    ["x: \u007f", "a field such as"],
    ["x: ü", "a field such as"],
    ["@authority: x", "a field such as"],
    ["__proto__: x", "a field such as"],
    [`x: ${"a".repeat(8192)}`, "--field has at most 8192 characters"],
    ["Signature: sig1=:AA==:", "--field can't be signature"],
    ["signature-agent: x", "--field can't be signature-agent"],
    ["host: other.example", "--field can't be host"],
    ["proxy-authorization: x", "--field can't be proxy-authorization"],
  ])("refuses %j", async (field, why) => {
    const { code, out, err } = await sign("--field", field, url);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(why);
    expect(err.split("\n")).toHaveLength(2);
  });

  it("refuses a field twice, in any case of letters", async () => {
    const { code, err } = await sign("--field", "A: 1", "--field", "a: 2", url);
    expect([code, err]).toEqual([2, "wayleave sign: --field has a twice\n"]);
  });
});
