import { readFeatures } from "../operator-module.ts";
import { findPolicyTests } from "./find.ts";
import { formatResults, hasFailed, toJson, type FileReport } from "./report.ts";
import { runPolicyTests } from "../../simulate/policy-tests/run.ts";
import { formatRemark } from "../remarks.ts";
import { pathBeside, loadRulesFile, readText } from "../rules-file.ts";
import { turndownFor } from "../turndown.ts";
import { now } from "../../timing/duration.ts";
import { parseOptions, UsageError, type Command } from "../usage.ts";
import { withoutByteOrderMark } from "../../rules/document.ts";

/** `wayleave test`: runs the policy tests of rules. */
export const test: Command = {
  summary: "runs the policy tests of a rules file",
  help: `wayleave test [--rules FILE] [--json]

Runs the tests next to the rules file (default: rules/default.jsonc), offline:
default.test.jsonc and default.….test.jsonc, and tests that are not named after a rules file.

  { "tests": [{
    "name": "a training crawler leaves the old manual",
    "request": { "url": "/v1/install/", "as": "GPTBot", "evidence": "signature" },
    "response": { "html": "<link rel=canonical href=/install/>" },
    "expect": { "canonicalRedirect": "redirect to /install/", "markdown": "html" }
  }] }

A test states what the client gets from each feature:
  access             allow, challenge
  documents          list, none
  canonicalRedirect  redirect to ADDRESS, redirect, stay
  markdown           markdown, html
  compression        compressed, plain
or "off", or an object with "action", "to", "mode", "rule", "reason". It can also state
"status" and "headers". With "mode": "observe" it states the action that would be taken.

  --features FILE  a module with the list of features (docs/features.md)
  --json   {"passed","failed","tests":[{"file","line","name","passed","differences"}],"faults","warnings"}

Exit code 1 if a test fails, 2 if a test can't be read or there are none.
`,
  async run({ argv, out, err, color }) {
    const values = parseOptions(argv, {
      rules: { type: "string" },
      features: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const features = await readFeatures(values.features);
    const { rules, bots, file } = loadRulesFile(values.rules, features);
    const paths = findPolicyTests(file);
    if (paths.length === 0) {
      const wanted = file.replace(/\.jsonc?$/, "") + ".test.jsonc";
      throw new UsageError(`${file} has no tests: write them to ${wanted}`);
    }
    const readList = (path: string) => readText(pathBeside(file, path));
    const loadTurndown = await turndownFor(rules);
    const options = { rules, bots, features, loadTurndown, readList, now };
    const reports: FileReport[] = [];
    for (const path of paths) {
      const text = withoutByteOrderMark(readText(path) ?? "");
      const ran = await runPolicyTests(text, options, (page) => readText(pathBeside(path, page)));
      reports.push({ file: path, text, ...ran });
    }
    const isFaulty = reports.some(({ faults }) => faults.length > 0);
    for (const { file: at, text, faults, warnings } of values.json ? [] : reports) {
      const lines = text.split(/\r\n|\r|\n/);
      for (const fault of faults) err(formatRemark("fault", at, fault, lines, color));
      for (const each of warnings) err(formatRemark("warning", at, each, lines, color));
    }
    out(values.json ? toJson(reports) : formatResults(reports, color));
    if (isFaulty) return 2;
    return reports.some(({ results }) => results.some(hasFailed)) ? 1 : 0;
  },
};
