// Writes rules/schema.json from the schema that rules are parsed with; `--check` fails where it is old.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { toJsonSchema } from "@valibot/to-json-schema";
import { rulesSchema } from "../src/rules/schema.ts";
import { describeRules, type JsonSchema } from "./doc-comments.ts";
import "./test-schema.ts";

const FILE = join(import.meta.dirname, "..", "rules", "schema.json");

const { $schema, ...schema } = toJsonSchema(rulesSchema, {
  typeMode: "input",
  target: "draft-07",
  // What only code can check (URLs, patterns, durations) is left to `wayleave check`.
  errorMode: "ignore",
});
describeRules(schema as JsonSchema);
const text = `${JSON.stringify(
  {
    $schema,
    title: "wayleave rules",
    // Read by editors that know JSON with comments.
    allowComments: true,
    allowTrailingCommas: true,
    ...schema,
  },
  undefined,
  2,
)}\n`;

if (!process.argv.includes("--check")) writeFileSync(FILE, text);
else if (readFileSync(FILE, "utf8") !== text) {
  console.error("rules/schema.json is not what the schema says: run npm run schema");
  process.exitCode = 1;
}
