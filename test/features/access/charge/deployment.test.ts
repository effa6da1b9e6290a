import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FEATURES } from "../../../../src/features.ts";
import { bindingMismatches } from "../../../../src/rules/bindings.ts";
import { readRules } from "../../../../src/rules/load.ts";
import { findWarnings } from "../../../../src/rules/warnings.ts";

const bots = readFileSync(new URL("../../../../rules/bots.jsonc", import.meta.url), "utf8");

function valid(access: object) {
  const rule = { name: "training pays", match: { agent: { behaviour: "Training" } } };
  const charge = { action: "charge", price: "USD 0.01", ...access };
  const text = JSON.stringify({ rules: [{ ...rule, access: charge }] });
  const found = readRules(text, bots, () => undefined, FEATURES);
  if (found.kind !== "valid") throw new Error(JSON.stringify(found.faults));
  return found;
}

const X402 = {
  settle: "x402",
  x402: {
    facilitator: "https://facilitator.example",
    network: "eip155:84532",
    asset: "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
    name: "USDC",
    version: "2",
    payTo: "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
  },
};

describe("check, of a charge on Workers", () => {
  const name = "ACCOUNTS";
  const deployment = (...bindings: object[]) => JSON.stringify({ durable_objects: { bindings } });

  test.each([[{ credit: "USD 5" }], [{ webhook: "https://ledger.example/" }], [X402]])(
    "warns if wrangler.jsonc has no ledger: %j",
    (access) => {
      const read = valid(access);
      expect(bindingMismatches(read, deployment({ name, class_name: "Accounts" }))).toEqual([]);
      for (const text of ["{}", deployment({ name, class_name: "Rates" })]) {
        const [found, ...others] = bindingMismatches(read, text);
        expect(others).toEqual([]);
        expect(found?.isWrong).toBe(false);
        expect(found?.warning.message).toContain('no Durable Object "ACCOUNTS"');
        expect(found?.warning.pointer).toBe("/rules/0/access");
      }
    },
  );

  test("the wrangler.jsonc of the package has it", () => {
    const text = readFileSync(new URL("../../../../wrangler.jsonc", import.meta.url), "utf8");
    expect(bindingMismatches(valid({}), text)).toEqual([]);
  });

  test("warns of no account without credit, since wayleave ledger --proxy can fill it", () => {
    for (const runtime of ["node", "workers"] as const) {
      const codes = findWarnings(valid({}), [runtime]).map(({ code }) => code);
      expect(codes).not.toContain("runtime");
    }
  });
});
