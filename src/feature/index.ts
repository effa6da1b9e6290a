/** What a feature is, and the contract between its stage and the runner: `wayleave/feature`. */
export { modeEntries } from "../pipeline/mode-schema.ts";
export type { Exchange } from "../pipeline/exchange.ts";
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
export { defineFeature, FeatureError, type FeatureDefinition } from "./define.ts";
