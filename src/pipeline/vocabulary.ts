import type { Agent } from "../agent/agent.ts";
import type { Detail } from "./stage.ts";

/** The facts that a sentence about a decision may use. */
export interface Told<Policy = unknown> {
  readonly agent: Agent;
  readonly policy: Policy;
  readonly detail: Detail;
}

/** A text, or a function that makes it from those facts. */
type Saying<Policy> = string | { of(told: Told<Policy>): string }["of"];

/** The meaning of a reason, in words. */
export interface ReasonText<Policy = unknown> {
  /** Completes "not redirected: …"; a clause in lower case, without a full stop. */
  readonly says: Saying<Policy>;
  /** What to do if that is not wanted; a sentence. */
  readonly todo?: Saying<Policy>;
  /**
   * "done": the feature did what it is for. "aside": does not say if it was; an earlier decision
   * does.
   */
  readonly is?: "done" | "aside";
  /** Which of the feature's actions was done. @default the first */
  readonly action?: string;
}

/** What the client gets by an action of a feature. */
export interface ActionText {
  /** The result for the request, e.g. "redirected". */
  readonly did: string;
  /** The result if the feature only observes, e.g. "would be redirected". */
  readonly would: string;
  /** Whether it redirects the client to an address, which the decision's detail `to` names. */
  readonly leads?: true;
}

/** The vocabulary of one feature: its actions, and its reasons, each of which belongs to one. */
export interface FeatureVocabulary<Policy = unknown, Reason extends string = string> {
  /** By the name that policy tests use. The first is what a reason that is "done" means by default. */
  readonly actions: Readonly<Record<string, ActionText>>;
  /** No action: its name in policy tests, and what to say, e.g. "not redirected". */
  readonly none: { readonly name: string; readonly says: string };
  readonly reasons: Readonly<Record<Reason, ReasonText<Policy>>>;
}
