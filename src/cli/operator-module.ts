import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { FeatureList } from "../feature/define.ts";
import { FEATURES } from "../features.ts";
import { UsageError } from "./usage.ts";

/** The features: the built-in ones, or the list that an operator's module exports by default. */
export async function readFeatures(file: string | undefined): Promise<FeatureList> {
  if (file === undefined) return FEATURES;
  const features = await defaultOf(file);
  if (!Array.isArray(features) || !features.every(isFeature)) {
    throw new UsageError(`the default export of ${file} must be a list of features`);
  }
  const keys = features.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw new UsageError(`${file} has two features with the key ${twice}`);
  return features;
}

function isFeature(value: unknown): value is FeatureList[number] {
  const { key, create } = (value ?? {}) as { key?: unknown; create?: unknown };
  return typeof key === "string" && typeof create === "function";
}

/** The default export of an operator's module. Rejects with a UsageError if it can't be loaded. */
export async function defaultOf(file: string): Promise<unknown> {
  try {
    const found = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
    return found.default;
  } catch (error) {
    throw new UsageError(`can't load ${file}: ${error instanceof Error ? error.message : "?"}`);
  }
}
