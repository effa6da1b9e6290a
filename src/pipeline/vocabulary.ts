import type { Agent } from "../agent/agent.ts";
import type { Detail } from "./stage.ts";

/** What a sentence about a decision may speak of. */
export interface Told<Policy = unknown> {
  readonly agent: Agent;
  readonly policy: Policy;
  readonly detail: Detail;
}

/** A text, or what makes it of what is known. */
type Saying<Policy> = string | { of(told: Told<Policy>): string }["of"];

/** What a reason means, for people. */
export interface ReasonText<Policy = unknown> {
  /** Completes "not redirected: …"; a clause in lower case, without a full stop. */
  readonly says: Saying<Policy>;
  /** What to do if that is not wanted; a sentence. */
  readonly todo?: Saying<Policy>;
  /** "done": the feature did what it is for. "aside": says nothing of that; an earlier decision does. */
  readonly is?: "done" | "aside";
  /** Which of the feature's actions was done. @default the first */
  readonly action?: string;
}

/** What the client gets by an action of a feature. */
export interface ActionText {
  /** What became of the request, e.g. "redirected". */
  readonly did: string;
  /** What would have become of it, if the feature only observes, e.g. "would be redirected". */
  readonly would: string;
  /** Whether it leads the client to an address, which the detail `to` of the decision names. */
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
