// Writes the schemas for editors from those that files are parsed with; `--check` fails where one is old.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { policyTestsSchema } from "../src/cli/policy-tests/schema.ts";
import { rulesSchema } from "../src/rules/schema.ts";
import { describePolicyTests, describeRules, type JsonSchema } from "./doc-comments.ts";

const FILES = [
  ["schema.json", "wayleave rules", rulesSchema, describeRules],
  ["test.schema.json", "wayleave policy tests", policyTestsSchema, describePolicyTests],
] as const;

for (const [name, title, schema, describe] of FILES) {
  const file = join(import.meta.dirname, "..", "rules", name);
  const text = textOf(title, schema, describe);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(`rules/${name} is not what the schema says: run npm run schema`);
    process.exitCode = 1;
  }
}

function textOf(
  title: string,
  from: v.GenericSchema,
  describe: (schema: JsonSchema) => void,
): string {
  const { $schema, ...schema } = toJsonSchema(from, {
    typeMode: "input",
    target: "draft-07",
    // What only code can check (URLs, patterns, durations) is left to `wayleave check`.
    errorMode: "ignore",
  });
  describe(schema as JsonSchema);
  // Read by editors that know JSON with comments.
  const forEditors = { allowComments: true, allowTrailingCommas: true };
  return `${JSON.stringify({ $schema, title, ...forEditors, ...schema }, undefined, 2)}\n`;
}
