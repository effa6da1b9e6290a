import type { FeatureList } from "../../feature/define.ts";
import { FEATURES } from "../../features.ts";
import type { LoadTurndown } from "../../features/markdown/engines.ts";

/** The features and the turndown engine that an operator's own entry of the Worker has set. */
export const chosen: { features: FeatureList; loadTurndown: LoadTurndown | undefined } = {
  features: FEATURES,
  loadTurndown: undefined,
};

/**
 * Sets the Worker's features, in order. Call it once from your own entry, before the first request.
 * @default FEATURES, the built-in ones
 */
export function useFeatures(features: FeatureList): void {
  chosen.features = features;
}

/**
 * Sets the engine for `"engine": "turndown"`, which the default bundle does not contain. Call it
 * once from your own entry, before the first request.
 */
export function useTurndown(load: LoadTurndown): void {
  chosen.loadTurndown = load;
}
