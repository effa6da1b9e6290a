import { NETWORK_WORDS, SIGNATURE_WORDS } from "../../agent/words.ts";
import type { EvidenceTrace } from "./agent-trace.ts";
import { featureOfStage } from "../../features.ts";
import { pipelineReasons } from "../../pipeline/reasons.ts";
import type { FeatureWords, ReasonWords } from "../../pipeline/words.ts";

const SIGNATURE: Readonly<Record<string, string>> = SIGNATURE_WORDS;
const NETWORK: Readonly<Record<string, string>> = NETWORK_WORDS;

/** The vocabulary of the feature that a stage belongs to; undefined for an unknown stage. */
export function vocabularyOf(stage: string): FeatureWords | undefined {
  return featureOfStage(stage)?.words as FeatureWords | undefined;
}

/** What a reason of a stage means; undefined for the name of an error. */
export function wordsFor(stage: string, reason: string): ReasonWords | undefined {
  const own = vocabularyOf(stage)?.reasons;
  if (own !== undefined && Object.hasOwn(own, reason)) return own[reason];
  if (Object.hasOwn(pipelineReasons, reason)) return pipelineReasons[reason];
  return featureOfStage(stage)?.wordsElsewhere?.(reason);
}

/** What a piece of evidence says, in words. */
export function evidenceWords({ kind, counts, reason }: EvidenceTrace, name = "a bot"): string {
  switch (kind) {
    case "claim":
      if (counts) return `the User-Agent names ${name}, which anyone can write`;
      return reason === "refuted"
        ? `the User-Agent names ${name}, but a signature was refuted`
        : "the User-Agent names no bot of the table";
    case "signature":
      return counts ? "a signature by the operator's key holds" : (SIGNATURE[reason] ?? reason);
    case "ip-range":
      return reason === "cloudflare"
        ? "Cloudflare has verified the bot"
        : "the address is in a list that the operator publishes";
    case "reverse-dns":
      return "the address has a name of the operator's that leads back to it";
    case "address":
      return NETWORK[reason] ?? reason;
  }
}
