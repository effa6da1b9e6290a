import type { FeatureDefinition } from "./feature/define.ts";
import { accessFeature } from "./features/access/feature.ts";
import { cacheFeature } from "./features/cache/feature.ts";
import { canonicalRedirectFeature } from "./features/canonical-redirect/feature.ts";
import { compressionFeature } from "./features/compression/feature.ts";
import { documentsFeature } from "./features/documents/feature.ts";
import { markdownFeature } from "./features/markdown/feature.ts";

/** The features, in the order in which they see a request and its response: the order is the policy. */
export const FEATURES = [
  accessFeature,
  documentsFeature,
  canonicalRedirectFeature,
  markdownFeature,
  compressionFeature,
  cacheFeature,
] as const;

/** The key of a feature in a rules file. */
export type FeatureName = (typeof FEATURES)[number]["key"];

/** Keys of the features in a rules file, in order. */
export const FEATURE_NAMES: readonly FeatureName[] = FEATURES.map(({ key }) => key);

/** The same, for code that treats all features alike. */
export const DEFINITIONS = FEATURES as unknown as readonly FeatureDefinition[];

/** The definition of each feature, by its key. */
export const FEATURE = Object.fromEntries(
  FEATURES.map((feature) => [feature.key, feature]),
) as unknown as { readonly [Each in (typeof FEATURES)[number] as Each["key"]]: Each };

/** The definition of a feature by the name that its decisions carry; undefined for the runner's own. */
export function featureOfStage(stage: string): FeatureDefinition | undefined {
  return DEFINITIONS.find((feature) => feature.stage === stage);
}
