import * as v from "valibot";

/** Levels of evidence that a challenge can require, weakest first. */
export const LEVELS = ["verified", "ip-range", "reverse-dns", "signature"] as const;

/** The options of the action "challenge". */
export const challengeEntries = {
  /** For "challenge": the least evidence that passes. @default "signature" */
  evidence: v.optional(v.picklist(LEVELS)),
};
