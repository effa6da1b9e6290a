import type { ReasonText } from "../../../pipeline/vocabulary.ts";
import type { CompressionPolicy } from "../policy.ts";

/** What it means that the automatic mode has not started, or does not look at all. */
export const autoReasons = {
  "first-version": { says: "the automatic mode has seen nothing of its kind so far" },
  "one-version": {
    says: "the automatic mode has seen one version only",
    todo: "Nothing: with the next deploy it compares.",
  },
  "few-pages": { says: "the automatic mode has seen too few pages of this folder" },
  "not-similar": { says: "the versions seen so far have too little in common" },
  "changes-too-often": { says: "new versions come faster than they could serve anyone" },
  "trial-due": { says: "the automatic mode tries the next version that it sees" },
  "trial-running": { says: "the automatic mode is trying it right now" },
  "gain-too-small": {
    says: "the last trial saved less than the budget asks for",
    todo: "Lower compression.dictionary.budget.gain.",
  },
  "gain-gone": { says: "deltas saved too little in the end, so it rests" },
  "too-costly": { says: "the trial took too long or was refused, so it rests for a day" },
  "trials-used-up": {
    says: "the trials of this hour are used up",
    todo: "Raise compression.dictionary.budget.trials.",
  },
  "ledger-unavailable": { says: "the store does not tell what the automatic mode knows" },
  guarded: {
    says: "access can refuse this page to somebody, so the automatic mode leaves it alone",
    todo: "If it may be a dictionary all the same, name it in compression.dictionary.match.",
  },
  "malformed-target": { says: "the automatic mode takes no address with such characters" },
  "too-long": { says: "the address is too long for the automatic mode" },
  "ambiguous-path": { says: "the path can be read in two ways, so it is in no group" },
  "streaming-type": { says: "content of this type comes little by little" },
  "unknown-type": { says: "the automatic mode does not know this type of content" },
  "type-mismatch": { says: "the name is that of another type, as of a page for what is missing" },
  "no-stem": { says: "the name is nothing but a version: unrelated files would share a group" },
  "too-many-versions": { says: "the address has too many parts that look like versions" },
} as const satisfies Readonly<Record<string, ReasonText<CompressionPolicy>>>;

/** Why the automatic mode has not started, or does not look at all. */
export type AutoReason = keyof typeof autoReasons;
