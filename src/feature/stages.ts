import type { FeatureStage, Stage } from "../pipeline/stage.ts";
import { closes, type FeatureDefinition } from "./define.ts";

/** Combines a stage with the parts of its feature's definition that the runner reads. */
export function asFeatureStage(definition: FeatureDefinition, stage: Stage<never>): FeatureStage {
  const {
    key: feature,
    isCache = false,
    editsFields = false,
    codesContent = false,
    logs,
    interest,
  } = definition;
  const made = stage as Stage;
  return {
    feature,
    isCache,
    editsFields,
    codesContent,
    logs,
    vocabulary: definition,
    interest,
    documents: made.documents,
    ...(made.varyOn === undefined ? {} : { varyOn: made.varyOn }),
    ...(made.describe && { describe: made.describe.bind(made) }),
    // Bound, so that a stage can be an instance of a class.
    ...(made.onRequest && { onRequest: made.onRequest.bind(made) }),
    ...(made.onOriginHead && { onOriginHead: made.onOriginHead.bind(made) }),
    ...(made.onResponse && { onResponse: made.onResponse.bind(made) }),
    ...(made.onAnswer && { onAnswer: made.onAnswer.bind(made) }),
    ...(definition.strictness && {
      guards: (policy) => closes(definition, policy),
    }),
    ...(definition.onFailure && {
      whenFailed: (exchange, policy) => definition.onFailure?.(exchange, policy as never),
    }),
  };
}
