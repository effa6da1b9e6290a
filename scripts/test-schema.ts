// Writes rules/test.schema.json from the schema that policy tests are parsed with; `--check` fails if it is outdated.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { toJsonSchema } from "@valibot/to-json-schema";
import { FEATURES } from "../src/features.ts";
import { policyTestsSchema } from "../src/simulate/policy-tests/schema.ts";
import { schemaText } from "./schema-text.ts";

const ROOT = join(import.meta.dirname, "..");
const FILE = join(ROOT, "rules", "test.schema.json");

interface Described {
  description?: string;
  properties?: Record<string, Described>;
  items?: Described;
  anyOf?: Described[];
}

/** The notes on each key, from the doc comment directly before it. */
const source = readFileSync(join(ROOT, "src/simulate/policy-tests/schema.ts"), "utf8");
const comments = new Map(
  [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])+)\*\/\s+(\w+)[:,]/g)].map(
    ([, text = "", key = ""]): [string, string] => [key, text.replace(/@default.*$/s, "").trim()],
  ),
);

function describe({ properties = {}, items, anyOf = [] }: Described): void {
  for (const [key, property] of Object.entries(properties)) {
    const text = comments.get(key);
    if (text !== undefined) property.description ??= text;
    describe(property);
  }
  for (const inner of items === undefined ? anyOf : [items, ...anyOf]) describe(inner);
}

const { $schema, ...schema } = toJsonSchema(policyTestsSchema(FEATURES), {
  typeMode: "input",
  target: "draft-07",
  // `wayleave test` checks the conditions that only code can check.
  errorMode: "ignore",
});
describe(schema as Described);
const head = { $schema, title: "wayleave policy tests" };
// Read by editors that know JSON with comments.
const forEditors = { allowComments: true, allowTrailingCommas: true };
const text = schemaText({ ...head, ...forEditors, ...schema });

if (!process.argv.includes("--check")) writeFileSync(FILE, text);
else if (readFileSync(FILE, "utf8") !== text) {
  console.error("rules/test.schema.json is not what the schema says: run npm run schema");
  process.exitCode = 1;
}
