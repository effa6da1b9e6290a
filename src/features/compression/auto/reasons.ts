import type { ReasonText } from "../../../pipeline/vocabulary.ts";
import type { CompressionPolicy } from "../policy.ts";

type Table = Readonly<Record<string, ReasonText<CompressionPolicy>>>;

/** Texts for reasons why a group is not offered as dictionaries. */
export const watchReasons = {
  "first-version": { says: "the automatic mode has seen no content of this group yet" },
  "one-version": {
    says: "the automatic mode has seen only one version",
    todo: "Nothing: it compares with the next version, after the next deploy.",
  },
  "not-similar": { says: "the versions seen so far have too little in common" },
  "changes-too-often": { says: "new versions appear faster than clients could use them" },
  "trial-due": { says: "the automatic mode will try the next version that it sees" },
  "trial-running": { says: "the automatic mode is trying it right now" },
  "gain-too-small": {
    says: "the last trial saved less than the budget requires",
    todo: "Lower compression.dictionary.budget.gain.",
  },
  "gain-gone": { says: "deltas saved too little, so the automatic mode pauses for this group" },
  "too-costly": {
    says: "the trial took too long, or the codec refused it, so the automatic mode pauses for a day",
  },
  "trials-used-up": {
    says: "the trials of this hour are used up",
    todo: "Raise compression.dictionary.budget.trials.",
  },
  "ledger-unavailable": { says: "the store with the facts of the automatic mode does not answer" },
} as const satisfies Table;

/** Texts for reasons why a target belongs to no group. */
export const noGroupReasons = {
  "malformed-target": { says: "the automatic mode does not use an address with such characters" },
  "too-long": { says: "the address is too long for the automatic mode" },
  "ambiguous-path": { says: "the path can be read in two ways, so it is in no group" },
  "streaming-type": { says: "content of this type is a stream" },
  "unknown-type": { says: "the automatic mode does not know this type of content" },
  "type-mismatch": {
    says: "the extension is that of another type, as in a page that reports a missing file",
  },
  "no-stem": { says: "the name is only a version: unrelated files would share a group" },
  "too-many-versions": { says: "the address has too many parts that look like versions" },
} as const satisfies Table;

/** Texts for reasons why the automatic mode offers no dictionary. */
export const autoReasons = {
  ...watchReasons,
  ...noGroupReasons,
  guarded: {
    says: "access can refuse this page to a client, so the automatic mode does not use it",
    todo: "If it may be a dictionary nevertheless, name it in compression.dictionary.match.",
  },
} as const satisfies Table;
