import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** The parts of a JSON Schema that are walked here. */
export interface JsonSchema {
  description?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema | JsonSchema[] | boolean;
  anyOf?: JsonSchema[];
}

/** What the sources say of each key, in the doc comment right before it. */
type Comments = ReadonlyMap<string, string>;

const COMMENTED = /\/\*\*((?:(?!\*\/)[\s\S])+)\*\/\s+(\w+): /g;

function commentsOf(file: string): Comments {
  const code = readFileSync(join(ROOT, file), "utf8");
  const found = [...code.matchAll(COMMENTED)].map(
    ([, comment = "", key = ""]): [string, string] => {
      const text = comment.replace(/\n\s*\*/g, " ").replace(/@default.*$/s, "");
      return [key, text.replace(/\s+/g, " ").trim()];
    },
  );
  return new Map(found);
}

/** Gives the properties of the rules' schema the comments of their definitions as descriptions. */
export function describeRules(schema: JsonSchema): void {
  describe(schema.properties?.["agents"]?.properties?.["bots"], commentsOf("src/agent/bots.ts"));
  const rule = schema.properties?.["rules"]?.items;
  for (const file of globSync("src/stages/*/policy.ts", { cwd: ROOT })) {
    const [, feature] =
      /What a rules file may say under `(\w+)`/.exec(readFileSync(join(ROOT, file), "utf8")) ?? [];
    if (feature === undefined) throw new Error(`${file} does not say what it is for`);
    const comments = commentsOf(file);
    for (const place of [schema.properties?.["defaults"], rule as JsonSchema]) {
      describe(place?.properties?.[feature], comments);
    }
  }
  // Last, so that the same key inside of a feature has its own description already.
  describe(schema, commentsOf("src/rules/schema.ts"));
}

function describe(schema: JsonSchema | undefined, comments: Comments): void {
  if (schema === undefined) return;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const comment = comments.get(key);
    if (comment !== undefined) property.description ??= comment;
    describe(property, comments);
  }
  for (const member of schema.anyOf ?? []) describe(member, comments);
  const { items } = schema;
  if (typeof items === "object" && !Array.isArray(items)) describe(items, comments);
}
