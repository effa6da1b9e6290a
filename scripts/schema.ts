// Writes rules/schema.json and docs/rules.md from the schema that rules are parsed with; `--check` fails
// where one of them is old.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { toJsonSchema } from "@valibot/to-json-schema";
import { FEATURES } from "../src/features.ts";
import { rulesSchemaOf } from "../src/rules/schema.ts";
import { describeRules, type JsonSchema } from "./doc-comments.ts";
import "./test-schema.ts";
import { writeRulesPage } from "./rules-page.ts";
import { schemaText } from "./schema-text.ts";

const ROOT = join(import.meta.dirname, "..");

const { $schema, ...schema } = toJsonSchema(rulesSchemaOf(FEATURES), {
  typeMode: "input",
  target: "draft-07",
  // `wayleave check` checks the conditions that only code can check (URLs, patterns, durations).
  errorMode: "ignore",
});
const notes = describeRules(schema as JsonSchema);
const text = schemaText({
  $schema,
  title: "wayleave rules",
  // Read by editors that know JSON with comments.
  allowComments: true,
  allowTrailingCommas: true,
  ...schema,
});

const files = [
  ["rules/schema.json", text],
  ["docs/rules.md", writeRulesPage(schema as JsonSchema, notes)],
] as const;
for (const [name, written] of files) {
  const file = join(ROOT, name);
  if (!process.argv.includes("--check")) writeFileSync(file, written);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== written) {
    console.error(`${name} is not what the schema says: run npm run schema`);
    process.exitCode = 1;
  }
}
