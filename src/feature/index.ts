/** The definition of a feature, and the contract between its stage and the runner: `wayleave/feature`. */
export { modeEntries } from "../pipeline/mode-schema.ts";
export type { Interest } from "../pipeline/interest.ts";
export type { Exchange } from "../pipeline/exchange.ts";
export type { StageDocument } from "../pipeline/own-documents.ts";
export type {
  DecisionRecord,
  FieldEdits,
  FinalOutcome,
  RequestOutcome,
  ResponseHead,
  ResponseOutcome,
  Scan,
  ScanPosition,
  Stage,
  Transform,
} from "../pipeline/stage.ts";
export {
  defineFeature,
  FeatureError,
  type Concerned,
  type FeatureDefinition,
  type FeatureList,
  type RobotsLine,
} from "./define.ts";
export type { FeatureParts, PolicyView } from "./parts.ts";
export type { ReasonText, FeatureVocabulary } from "../pipeline/vocabulary.ts";
