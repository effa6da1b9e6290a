// What `explain` and policy tests say of a charge, for requests that are only described.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { explain } from "../../../../src/cli/explain/command.ts";
import { FEATURES } from "../../../../src/features.ts";
import { readRules } from "../../../../src/rules/load.ts";
import { runPolicyTests } from "../../../../src/simulate/policy-tests/run.ts";

const bots = readFileSync(new URL("../../../../rules/bots.jsonc", import.meta.url), "utf8");
const rulesWith = (access: object): string =>
  JSON.stringify({
    rules: [
      {
        name: "paid",
        match: { path: "/*" },
        access: { action: "charge", price: "USD 0.01", ...access },
      },
    ],
  });
const FREE = { free: { requests: 5, per: "1d" } };

async function decided(access: object, request: object) {
  const read = readRules(rulesWith(access), bots, () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  const expectation = { access: { action: "block", reason: "none" }, status: 299 };
  const tests = [{ name: "a", request: { url: "/page", ...request }, expect: expectation }];
  const options = { ...read, now: () => 1_800_000_000 };
  const { results } = await runPolicyTests(JSON.stringify({ tests }), options, () => undefined);
  return JSON.stringify(results[0]?.differences);
}

describe("a described request under a charge", () => {
  it("is free within the quota of a verified agent", async () => {
    const found = await decided(FREE, { as: "GPTBot", evidence: "signature" });
    expect(found).toContain("within the agent's free quota");
    expect(found).toContain("200");
    expect(found).not.toContain("payment-required");
  });

  it.each([
    ["without a quota", {}, { as: "GPTBot", evidence: "signature" }],
    ["for a claim", FREE, { as: "GPTBot" }],
    ["for nobody", FREE, {}],
  ])("asks for a payment %s", async (_name, access, request) => {
    const found = await decided(access, request);
    expect(found).toContain("payment-required");
    expect(found).toContain("402");
  });

  it("explain says that it is free", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wayleave-described-"));
    const rules = join(folder, "rules.jsonc");
    writeFileSync(rules, rulesWith(FREE));
    let out = "";
    const argv = ["/page", "--rules", rules, "--as", "GPTBot", "--verified"];
    await explain.run({
      argv,
      env: {},
      input: (async function* () {})(),
      color: false,
      out: (text) => void (out += String(text)),
      err: () => {},
    });
    rmSync(folder, { recursive: true });
    const [, access = ""] = /^access([\s\S]*?)^\S/m.exec(out) ?? [];
    expect(access).toContain("within the agent's free quota");
    expect(access).not.toContain("contains no payment");
  });
});
