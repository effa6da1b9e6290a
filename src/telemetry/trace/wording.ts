import { NETWORK_EXPLANATIONS, SIGNATURE_EXPLANATIONS } from "../../agent/explanations.ts";
import type { EvidenceTrace } from "./agent-trace.ts";
import type { FeatureDefinition } from "../../feature/define.ts";
import { pipelineReasons } from "../../pipeline/reasons.ts";
import type { ReasonText } from "../../pipeline/vocabulary.ts";

const SIGNATURE: Readonly<Record<string, string>> = SIGNATURE_EXPLANATIONS;
const NETWORK: Readonly<Record<string, string>> = NETWORK_EXPLANATIONS;

/** The words for a feature's reason; undefined for the name of an error. */
export function wordsFor({ reasons }: FeatureDefinition, reason: string): ReasonText | undefined {
  if (Object.hasOwn(reasons, reason)) return reasons[reason];
  return Object.hasOwn(pipelineReasons, reason) ? pipelineReasons[reason] : undefined;
}

/** Describes a piece of evidence in words. */
export function explainEvidence({ kind, counts, reason }: EvidenceTrace, name = "a bot"): string {
  switch (kind) {
    case "claim":
      if (counts) return `the User-Agent names ${name}, which anyone can write`;
      return reason === "refuted"
        ? `the User-Agent names ${name}, but a signature was refuted`
        : "the User-Agent names no bot of the table";
    case "signature":
      return counts
        ? "a signature with the operator's key is valid"
        : (SIGNATURE[reason] ?? reason);
    case "ip-range":
      return reason === "cloudflare"
        ? "Cloudflare has verified the bot"
        : "the address is in a list that the operator publishes";
    case "reverse-dns":
      return "the address has a host name of the operator that resolves to it";
    case "address":
      return NETWORK[reason] ?? reason;
  }
}
