import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FEATURES } from "../src/features.ts";
import type { FeatureList } from "../src/feature/define.ts";
import { commentedKeys, type CommentedKey } from "./commented-keys.ts";

const ROOT = join(import.meta.dirname, "..");

/** The parts of a JSON Schema that are walked here. */
export interface JsonSchema {
  description?: string;
  /** JSON Schema 2019-09, which editors read in older drafts, too. */
  deprecated?: boolean;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema | JsonSchema[] | boolean;
  anyOf?: JsonSchema[];
}

/** The notes on properties in the sources, in addition to their descriptions. */
export type Notes = ReadonlyMap<JsonSchema, CommentedKey>;

type Comments = readonly CommentedKey[];

export function commentsOf(...files: readonly string[]): Comments {
  return files.flatMap((file) => commentedKeys(readFileSync(join(ROOT, file), "utf8")));
}

/**
 * Gives the properties of the rules' schema the comments of their definitions as descriptions.
 * Throws where a property has none.
 */
export function describeRules(schema: JsonSchema): Notes {
  const notes = new Map<JsonSchema, CommentedKey>();
  const agents = schema.properties?.["agents"];
  const bots = commentsOf("src/agent/bots.ts");
  describe(agents?.properties?.["bots"], bots, ["bots"], notes);
  describe(agents, commentsOf("src/rules/agents-schema.ts"), ["agents"], notes);
  for (const key of ["timeouts", "health"]) {
    describe(schema.properties?.[key], commentsOf("src/rules/origin-schema.ts"), [key], notes);
  }
  const telemetry = commentsOf("src/rules/telemetry-schema.ts");
  describe(schema.properties?.["telemetry"], telemetry, ["telemetry"], notes);
  describe(schema.properties?.["admin"], commentsOf("src/rules/admin-schema.ts"), ["admin"], notes);
  describe(schema.properties?.["paths"], commentsOf("src/rules/paths-schema.ts"), ["paths"], notes);
  const rule = schema.properties?.["rules"]?.items as JsonSchema | undefined;
  for (const file of globSync("src/features/*/policy.ts", { cwd: ROOT })) {
    // The folder of a feature has its key, with hyphens.
    const feature = basename(dirname(file)).replaceAll(/-(\w)/g, (_, first: string) =>
      first.toUpperCase(),
    );
    // The options of a part of the feature are in the folder of that part.
    const ofParts = globSync("**/options.ts", { cwd: join(ROOT, dirname(file)) });
    const parts = ofParts.toSorted().map((part) => join(dirname(file), part));
    const comments = commentsOf(file, ...parts, "src/pipeline/mode-schema.ts");
    for (const place of [schema.properties?.["defaults"], rule]) {
      for (const key of keysOf(feature)) {
        describe(place?.properties?.[key], comments, [feature], notes);
      }
    }
    const site = FEATURES.find(({ key }) => key === feature)?.siteKey;
    const atTop = site === undefined ? undefined : schema.properties?.[site];
    if (atTop !== undefined) notes.set(atTop, { path: [feature], text: "", standard: "none" });
    if (site !== undefined) describe(schema.properties?.[site], comments, [feature], notes);
  }
  for (const place of [schema.properties?.["defaults"], rule]) describeFeatures(place, FEATURES);
  // Of other features, a key at the top with the same name means something else.
  const wide = (FEATURES as FeatureList).filter(({ siteKey }) => siteKey !== undefined);
  describeFeatures(schema, wide);
  // Last, so that the same key inside of a feature has its own description already.
  describe(schema, commentsOf("src/rules/schema.ts"), [], notes);
  const bare = undescribed(schema, "");
  if (bare.length > 0) throw new Error(`keys without a doc comment: ${bare.join(", ")}`);
  return notes;
}

/** The key of a feature, and the one that it had before. */
function keysOf(feature: string): readonly string[] {
  const found = (FEATURES as FeatureList).find(({ key }) => key === feature);
  return [feature, ...(found?.formerKey === undefined ? [] : [found.formerKey])];
}

function describeFeatures(place: JsonSchema | undefined, features: FeatureList): void {
  for (const { key, formerKey = "", does, deprecated = {} } of features) {
    const property = place?.properties?.[key];
    if (property === undefined) continue;
    property.description = does;
    for (const option of Object.keys(deprecated)) {
      for (const each of property.anyOf ?? []) {
        const found = each.properties?.[option];
        if (found !== undefined) found.deprecated = true;
      }
    }
    const former = place?.properties?.[formerKey];
    if (former === undefined) continue;
    former.description = `Accepted for this version: the feature is called ${key} now.`;
    former.deprecated = true;
  }
}

/** Describes the properties of a schema that is at a path of keys. */
export function describe(
  schema: JsonSchema | undefined,
  comments: Comments,
  path: readonly string[] = [],
  notes: Map<JsonSchema, CommentedKey> = new Map(),
): void {
  if (schema === undefined) return;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const at = [...path, key];
    const comment = property.description === undefined ? find(at, comments) : undefined;
    if (comment !== undefined) {
      property.description = comment.text;
      notes.set(property, comment);
    }
    describe(property, comments, at, notes);
  }
  for (const member of schema.anyOf ?? []) describe(member, comments, path, notes);
  const { items } = schema;
  if (typeof items === "object" && !Array.isArray(items)) describe(items, comments, path, notes);
}

/** The comment of a key: among several of one name, the one whose surroundings are most alike. */
function find(path: readonly string[], comments: Comments): CommentedKey | undefined {
  const key = path.at(-1);
  const parent = path.at(-2)?.toLowerCase().replace(/s$/, "");
  const score = ({ path: found }: CommentedKey): number => {
    let same = 1;
    while (same < found.length && found.at(-1 - same) === path.at(-1 - same)) same++;
    const holder = found[0]?.toLowerCase() ?? "";
    const isNamed = found.length === 2 && parent !== undefined && holder.startsWith(parent);
    return same * 100 + (isNamed ? 50 : 0) - found.length;
  };
  return comments
    .filter(({ path }) => path.at(-1) === key)
    .reduce<CommentedKey | undefined>(
      (best, each) => (best === undefined || score(each) > score(best) ? each : best),
      undefined,
    );
}

function undescribed(schema: JsonSchema, path: string): string[] {
  const { properties = {}, anyOf = [], items } = schema;
  const inner = typeof items === "object" && !Array.isArray(items) ? [items] : [];
  const own = Object.entries(properties).flatMap(([key, property]) => {
    const below = undescribed(property, `${path}/${key}`);
    return property.description === undefined ? [`${path}/${key}`].concat(below) : below;
  });
  return own.concat([...anyOf, ...inner].flatMap((each) => undescribed(each, path)));
}
