import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

/** A copy of what the check before a deploy reads, with a module of features. */
const home = mkdtempSync(join(tmpdir(), "wayleave-check-deploy-"));

const FEATURES = `import * as v from "valibot";
import { defineFeature } from "./src/feature/define.ts";
import { FEATURES } from "./src/features.ts";
import { modeEntries } from "./src/pipeline/mode-schema.ts";

const greeting = defineFeature({
  key: "greeting",
  does: "Greets.",
  options: v.strictObject({ ...modeEntries, text: v.optional(v.string(), "hello") }),
  actions: { greet: { did: "greeted", would: "would be greeted" } },
  none: { name: "silence", says: "not greeted" },
  reasons: { greeted: { is: "done", says: "it is" } },
  create: () => ({}),
});

export default [greeting, ...FEATURES];
`;

beforeAll(() => {
  for (const part of ["src", "scripts", "rules", "wrangler.jsonc", "package.json"]) {
    cpSync(join(ROOT, part), join(home, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(home, "node_modules"));
  writeFileSync(join(home, "features.ts"), FEATURES);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function checkDeploy(rules: object, ...argv: string[]) {
  writeFileSync(join(home, "rules", "default.jsonc"), JSON.stringify(rules));
  const script = join(home, "scripts", "check-deploy.ts");
  const { status, stderr } = spawnSync(process.execPath, [script, ...argv], { cwd: home });
  return { status, stderr: stderr.toString() };
}

test("the check before a deploy refuses rules with faults, and names their place", () => {
  expect(checkDeploy({ defaults: { markdown: true } })).toEqual({ status: 0, stderr: "" });
  const { status, stderr } = checkDeploy({ defaults: { markdwon: true } });
  expect(status).toBe(1);
  expect(stderr).toContain('rules/default.jsonc:1:14: unknown key "markdwon"');
});

test("it knows the features of the module that --features names, and no others", () => {
  const rules = { defaults: { greeting: { text: "welcome" } } };
  expect(checkDeploy(rules, "--features", "features.ts")).toEqual({ status: 0, stderr: "" });
  expect(checkDeploy(rules).stderr).toContain('unknown key "greeting"');
  const faulty = { defaults: { greeting: { text: 7 } } };
  expect(checkDeploy(faulty, "--features", "features.ts").status).toBe(1);
});
