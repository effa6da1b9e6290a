import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { readRules } from "../../src/rules/load.ts";
import { workerBindings } from "../../src/rules/worker-bindings.ts";

const ROOT = join(import.meta.dirname, "../..");
const bots = readFileSync(join(ROOT, "rules/bots.jsonc"), "utf8");
const own = readFileSync(join(ROOT, "wrangler.jsonc"), "utf8");

const RULES = {
  agents: { replay: true },
  defaults: { cache: true, compression: { dictionary: true }, markdown: "observe" },
  rules: [
    {
      name: "slow",
      match: { path: "/data/*" },
      access: {
        action: "limit",
        limits: [
          { requests: 60, per: "1m" },
          { requests: 60, per: "1m", binding: "SLOW" },
        ],
      },
    },
    { name: "paid", match: { path: "/paid/*" }, documents: false, canonicalRedirect: false },
  ],
};

function bindings(rules: object, configuration: string) {
  const read = readRules(JSON.stringify(rules), bots, () => undefined, FEATURES);
  if (read.kind !== "valid") throw new Error(JSON.stringify(read.faults));
  const all = workerBindings(read, configuration);
  return Object.fromEntries(all.map(({ name, ...rest }) => [name, rest]));
}

describe("the bindings of a Worker", () => {
  it("are those that the rules use, with the loss of each", () => {
    const all = bindings(RULES, "{}");
    const names = ["INDEX", "BLOBS", "LEDGER", "REPLAY", "RATES", "SLOW", "ANALYTICS"];
    expect(Object.keys(all)).toEqual(names);
    for (const { missingIn } of Object.values(all)) expect(missingIn).toEqual([""]);
    expect(all["BLOBS"]?.without).toMatch(/page.*dictionaries.*responses/);
    expect(all["INDEX"]?.without).toContain("rules change only with a deploy");
    const few = bindings({}, "{}");
    expect(Object.keys(few)).toEqual(["INDEX", "ANALYTICS"]);
  });

  it("are there in our own wrangler.jsonc, and missing in an environment that does not repeat them", () => {
    const missing = (text: string) =>
      Object.entries(bindings(RULES, text)).flatMap(([name, { missingIn }]) =>
        missingIn.map((where) => `${where}:${name}`),
      );
    expect(missing(own)).toEqual([":SLOW", ":ANALYTICS"]);
    const staging = own.replace(/\}\s*$/, '"env": { "staging": {} } }');
    expect(missing(staging)).toEqual(
      expect.arrayContaining(["staging:INDEX", "staging:BLOBS", "staging:RATES", ":SLOW"]),
    );
  });
});
