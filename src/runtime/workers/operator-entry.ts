import type { FeatureList } from "../../feature/define.ts";
import { FEATURES } from "../../features.ts";
import type { LoadTurndown } from "../../features/markdown/engines.ts";

/** What an operator's own entry of the Worker has given it. */
export const chosen: { features: FeatureList; loadTurndown: LoadTurndown | undefined } = {
  features: FEATURES,
  loadTurndown: undefined,
};

/**
 * Gives the Worker its features, in order. Called by an operator's own entry, once, before the first
 * request. @default FEATURES, those that come along
 */
export function useFeatures(features: FeatureList): void {
  chosen.features = features;
}

/**
 * Gives the Worker the engine for `"engine": "turndown"`, which its bundle is without. Called by an
 * operator's own entry, once, before the first request.
 */
export function useTurndown(load: LoadTurndown): void {
  chosen.loadTurndown = load;
}
