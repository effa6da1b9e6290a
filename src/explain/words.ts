import { NETWORK_WORDS, SIGNATURE_WORDS } from "../agent/words.ts";
import type { EvidenceTrace } from "../agent/explain.ts";
import { pipelineReasons } from "../pipeline/reasons.ts";
import type { ReasonWords, StageWords } from "../pipeline/words.ts";
import { cacheWords } from "../stages/cache/reasons.ts";
import { accessWords } from "../stages/access/reasons.ts";
import { canonicalRedirectWords } from "../stages/canonical-redirect/reasons.ts";
import { contentCodingWords } from "../stages/content-coding/reasons.ts";
import { discoveryWords } from "../stages/discovery/reasons.ts";
import { markdownWords } from "../stages/markdown/reasons.ts";

/** The words of each stage, by its name. */
export const STAGE_WORDS = {
  access: accessWords,
  discovery: discoveryWords,
  "canonical-redirect": canonicalRedirectWords,
  markdown: markdownWords,
  "content-coding": contentCodingWords,
  cache: cacheWords,
} as Readonly<Record<string, StageWords>>;

const SIGNATURE: Readonly<Record<string, string>> = SIGNATURE_WORDS;
const NETWORK: Readonly<Record<string, string>> = NETWORK_WORDS;

/** What a reason of a stage means; undefined for the name of an error. */
export function wordsFor(stage: string, reason: string): ReasonWords | undefined {
  const own = STAGE_WORDS[stage]?.reasons;
  if (own !== undefined && Object.hasOwn(own, reason)) return own[reason];
  if (Object.hasOwn(pipelineReasons, reason)) return pipelineReasons[reason];
  // Behind a 400 for a signature that can't be read stands the verifier's reason.
  return stage === "access" && Object.hasOwn(SIGNATURE, reason)
    ? { is: "done", says: `the signature can't be read: ${SIGNATURE[reason]}` }
    : undefined;
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
