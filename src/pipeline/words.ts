import type { Agent } from "../agent/agent.ts";
import type { Detail } from "./stage.ts";

/** What a sentence about a decision may speak of. */
export interface Told<Policy = unknown> {
  readonly agent: Agent;
  readonly policy: Policy;
  readonly detail: Detail;
}

/** What a reason means, for people. */
export interface ReasonWords<Policy = unknown> {
  /** Completes "not redirected: …"; a clause in lower case, without a full stop. */
  readonly says: string | ((told: Told<Policy>) => string);
  /** What to do where that is not wanted; a sentence. */
  readonly todo?: string | ((told: Told<Policy>) => string);
  /** "done": the stage did what it is for. "aside": says nothing of that; an earlier decision does. */
  readonly is?: "done" | "aside";
}

/** The words of one stage; a test holds its reasons to what the stage can give. */
export interface StageWords<Policy = unknown> {
  /** What became of the request where the stage did its part, e.g. "redirected". */
  readonly done: string;
  /** What would have, where it only observes, e.g. "would be redirected". */
  readonly would: string;
  /** Where it did not, e.g. "not redirected". */
  readonly not: string;
  readonly reasons: Readonly<Record<string, ReasonWords<Policy>>>;
}
