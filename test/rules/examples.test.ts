import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkRobots } from "../../src/cli/robots/check.ts";
import { findPolicyTests } from "../../src/cli/test/find.ts";
import { runPolicyTests } from "../../src/simulate/policy-tests/run.ts";
import { readRules } from "../../src/rules/load.ts";
import { findWarnings } from "../../src/rules/warnings.ts";
import { FEATURES } from "../../src/features.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const files = globSync("rules/{default,examples/*}.jsonc", { cwd: ROOT }).filter(
  (name) => !name.endsWith(".test.jsonc"),
);

it("are those of the documentation site, the app, the publisher, the shop, and the first week", () => {
  expect(files).toEqual(
    expect.arrayContaining(
      ["docs-site", "single-page-app", "news-publisher", "shop", "observe"].map(
        (name) => `rules/examples/${name}.jsonc`,
      ),
    ),
  );
});

it.each(files)("%s has neither faults nor warnings, and does what its tests say", async (file) => {
  const rules = readRules(read(file), read("rules/bots.jsonc"), () => undefined, FEATURES);
  if (rules.kind === "faulty") throw new Error(JSON.stringify(rules.faults));
  for (const runtimes of [undefined, ["node"], ["workers"]] as const) {
    expect(findWarnings(rules, runtimes)).toEqual([]);
  }
  expect(checkRobots(rules)).toMatchObject({ faults: [], warnings: [] });
  const tests = findPolicyTests(join(ROOT, file));
  expect(tests.length).toBeGreaterThan(0);
  for (const path of tests) {
    const options = { ...rules, now: () => 1_800_000_000 };
    const ran = await runPolicyTests(readFileSync(path, "utf8"), options, () => undefined);
    expect(ran.faults).toEqual([]);
    expect(ran.results.length).toBeGreaterThan(1);
    expect(ran.results.filter(({ differences }) => differences.length > 0)).toEqual([]);
  }
});
