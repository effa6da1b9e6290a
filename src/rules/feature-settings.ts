import * as v from "valibot";
import type { FeatureDefinition, FeatureList, OptionsSchema } from "../feature/define.ts";
import { keyIssue } from "../http/schemas.ts";
import type { CanaryBounds } from "../pipeline/canary/decide.ts";
import type { Mode } from "../pipeline/policy.ts";
import { quote, toPointer, type PathStep, type Warning } from "./fault.ts";
import type { Places } from "./places.ts";

/** The setting of a feature in a rule or in the defaults. */
export type FeatureSetting =
  | boolean
  | "observe"
  | {
      readonly mode: Mode;
      readonly percentage: number;
      /** Only features whose options begin with `modeEntries` have it. */
      readonly canary?: CanaryBounds | undefined;
    };

/** The settings of all features in the defaults, by feature key. */
export type FeatureSettings = Readonly<Record<string, FeatureSetting | undefined>>;

/** The setting of a feature in a rule or in the defaults; undefined if they do not mention it. */
export function settingOf(part: object, feature: string): FeatureSetting | undefined {
  return (part as FeatureSettings)[feature];
}

/** The path at which a feature is mentioned: its key, its former key, or its key at the top. */
export function placeOf(
  { key, formerKey, siteKey }: FeatureDefinition,
  path: readonly PathStep[],
  places: Places,
): readonly PathStep[] {
  if (siteKey !== undefined && path[0] === "defaults" && places.has([siteKey])) return [siteKey];
  const former = [...path, formerKey ?? ""];
  return formerKey !== undefined && places.has(former) ? former : [...path, key];
}

/** Warns of features that a rule mentions by their former key. */
export function formerKeys(
  features: FeatureList,
  path: readonly PathStep[],
  places: Places,
): readonly Warning[] {
  return features.flatMap((feature) => {
    const at = placeOf(feature, path, places);
    if (feature.formerKey === undefined || at.at(-1) !== feature.formerKey) return [];
    const message = `write ${quote(feature.key)}: the feature has a new name`;
    return [{ pointer: toPointer(at), ...places.key(at), code: "deprecated", message }];
  });
}

type Input<Feature extends FeatureDefinition> =
  | boolean
  | "observe"
  | v.InferInput<Feature["options"]>;

/** The input type of features' settings; any key if the list is known only at run time. */
export type FeaturesInput<Features extends FeatureList> = string extends Features[number]["key"]
  ? Readonly<Record<string, unknown>>
  : { readonly [Each in Features[number] as Each["key"]]?: Input<Each> | undefined } & {
      readonly [Each in Features[number] as NonNullable<Each["formerKey"]>]?:
        | Input<Each>
        | undefined;
    };

/** The input type of settings at the top of the file. */
export type SiteInput<Features extends FeatureList> = string extends Features[number]["key"]
  ? Readonly<Record<string, unknown>>
  : {
      readonly [Each in Features[number] as NonNullable<Each["siteKey"]>]?: Input<Each> | undefined;
    };

/** A feature's setting: `true`, `false`, "observe" or its options. */
const setting = (options: OptionsSchema) =>
  v.optional(v.union([v.boolean(), v.literal("observe"), options]));

/** Schema entries that are known only at run time. */
export type Nothing = { readonly [Key in never]: v.GenericSchema };

/** The schema of an object that has these entries, and others that are known only at run time. */
type Mentioning<Entries extends v.ObjectEntries> = v.GenericSchema<
  v.InferInput<v.StrictObjectSchema<Entries, undefined>>,
  v.InferOutput<v.StrictObjectSchema<Entries, undefined>>
>;

/** The schema of an object that mentions features. Parsing replaces former keys. */
export function mentioning<const Entries extends v.ObjectEntries>(
  features: FeatureList,
  entries: Entries,
): Mentioning<Entries> {
  const settings = features.flatMap(({ key, formerKey, options }) =>
    [key, formerKey ?? []].flat().map((name) => [name, setting(options)]),
  );
  const schema = v.strictObject({
    ...entries,
    ...(Object.fromEntries(settings) as object as Nothing),
  });
  const renamed = features.filter(({ formerKey }) => formerKey !== undefined);
  return v.pipe(schema, oneName(features), v.transform(presentKeys<typeof schema>(renamed)));
}

/** The schema of a whole file. Parsing moves settings from the top into the defaults. */
export function ofSite<const Entries extends v.ObjectEntries>(
  features: FeatureList,
  entries: Entries,
): Mentioning<Entries> {
  const wide = features.filter(({ siteKey }) => siteKey !== undefined);
  const settings = wide.map(({ siteKey, options }) => [siteKey, setting(options)]);
  const schema = v.strictObject({
    ...entries,
    ...(Object.fromEntries(settings) as object as Nothing),
  });
  return v.pipe(
    schema,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const file = dataset.value as Record<string, unknown>;
      for (const { key, siteKey = "" } of wide) {
        if (!(siteKey in file) || !(key in (file["defaults"] as object))) continue;
        const message = `"${siteKey}" is set in "defaults" too; remove one of the two`;
        addIssue(keyIssue(file, siteKey, message));
      }
    }),
    v.transform((given): v.InferOutput<typeof schema> => {
      const file = given as Record<string, unknown>;
      const said = wide.filter(({ siteKey = "" }) => siteKey in file);
      if (said.length === 0) return given;
      const keys = new Set(said.map(({ siteKey }) => siteKey));
      const rest = Object.entries(file).filter(([name]) => !keys.has(name));
      const moved = said.map(({ key, siteKey = "" }) => [key, file[siteKey]]);
      const defaults = { ...(file["defaults"] as object), ...Object.fromEntries(moved) };
      return { ...Object.fromEntries(rest), defaults } as v.InferOutput<typeof schema>;
    }),
  );
}

/** Refuses an object that mentions a feature by both its present and its former key. */
export function oneName<Part>(features: FeatureList) {
  return v.rawCheck<Part>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const part = dataset.value as Record<string, unknown>;
    for (const { key, formerKey } of features) {
      if (formerKey === undefined || !(key in part) || !(formerKey in part)) continue;
      const message = `"${formerKey}" is the former name of "${key}"; remove it`;
      addIssue(keyIssue(part, formerKey, message));
    }
  });
}

function presentKeys<Schema extends v.GenericSchema>(renamed: FeatureList) {
  return (part: v.InferOutput<Schema>): v.InferOutput<Schema> => {
    const object = part as Record<string, unknown>;
    const found = renamed.filter(({ formerKey = "" }) => formerKey in object);
    if (found.length === 0) return part;
    const keyOf = new Map(found.map(({ key, formerKey = "" }) => [formerKey, key]));
    const entries = Object.entries(object).map(([name, value]) => [keyOf.get(name) ?? name, value]);
    return Object.fromEntries(entries) as v.InferOutput<Schema>;
  };
}
