import type { Agent } from "../agent/agent.ts";
import type { Detail } from "./stage.ts";

/** The facts that a text about a decision may use. */
export interface Told<Policy = unknown> {
  readonly agent: Agent;
  readonly policy: Policy;
  readonly detail: Detail;
}

/** A text, or a function that makes it from those facts. */
type Saying<Policy> = string | { of(told: Told<Policy>): string }["of"];

/** The text of a reason. */
export interface ReasonText<Policy = unknown> {
  /** Completes "not redirected: …"; a clause in lower case, without a full stop. */
  readonly says: Saying<Policy>;
  /** How to change that; a sentence, or none for these facts. */
  readonly todo?: string | { of(told: Told<Policy>): string | undefined }["of"];
  /** "done": the feature acted. "aside": the reason does not say if it acted; an earlier decision does. */
  readonly is?: "done" | "aside";
  /** The feature's action that was done. @default the first */
  readonly action?: string;
  /**
   * The action to which the request is subject although nothing was done, e.g. a limit that is not
   * exceeded; policy tests can expect it. @default none
   */
  readonly under?: string;
}

/** The texts of a feature's action. */
interface ActionText {
  /** The result for the request, e.g. "redirected". */
  readonly did: string;
  /** The result if the feature only observes, e.g. "would be redirected". */
  readonly would: string;
  /** Whether the action sends the client to the address in the decision's detail `to`. */
  readonly leads?: true;
}

/** The vocabulary of one feature: its actions, and its reasons, each for one action. */
export interface FeatureVocabulary<Policy = unknown, Reason extends string = string> {
  /** By their names in policy tests. The first is the default of reasons that are "done". */
  readonly actions: Readonly<Record<string, ActionText>>;
  /** The result without an action: its name in policy tests, and its text, e.g. "not redirected". */
  readonly none: { readonly name: string; readonly says: string };
  readonly reasons: Readonly<Record<Reason, ReasonText<Policy>>>;
}
