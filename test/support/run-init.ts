import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "../../src/cli/check.ts";
import { init } from "../../src/cli/init/command.ts";
import { test as testCommand } from "../../src/cli/test/command.ts";
import type { Command } from "../../src/cli/usage.ts";

/** Runs a command in this process; returns its exit code and its output. */
export async function runHere(command: Command, argv: readonly string[]) {
  let out = "";
  const code = await command.run({
    argv,
    env: {},
    input: (async function* () {})(),
    color: false,
    out: (text) => (out += String(text)),
    err: () => {},
  });
  return { code, out };
}

/** Runs `init` on a site, then `check` and `test` on its files, as an operator would. */
export async function draftFor(url: string, folder: string, options: readonly string[] = []) {
  const rules = join(folder, "rules.jsonc");
  const { out } = await runHere(init, [url, "--out", rules, "--force", "--json", ...options]);
  const checked = await runHere(check, [rules, "--json"]);
  const tested = await runHere(testCommand, ["--rules", rules, "--json"]);
  return {
    survey: (JSON.parse(out) as { readonly survey: Record<string, unknown> }).survey,
    rules: readFileSync(rules, "utf8"),
    tests: readFileSync(join(folder, "rules.test.jsonc"), "utf8"),
    checked: JSON.parse(checked.out) as {
      readonly faults: unknown[];
      readonly warnings: unknown[];
    },
    tested: JSON.parse(tested.out) as { readonly passed: number; readonly failed: number },
  };
}
