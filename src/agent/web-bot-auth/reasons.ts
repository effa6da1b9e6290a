import type { ContentDigest } from "./content-digest.ts";
import type { AgentForm } from "./signature-agent.ts";
import type { FieldFault } from "./structured-field.ts";

/** Why a claim is refuted, in words: the fields break a rule, or the signature does not match. */
export const INVALID = {
  "field-too-large": "a signature field is too long",
  "too-many-labels": "it has too many signatures",
  "too-many-candidates": "it has more than 2 signatures with the tag web-bot-auth",
  "too-many-components": "too many components are covered",
  "malformed-signature-input": "Signature-Input can't be read",
  "malformed-signature": "Signature can't be read",
  "malformed-signature-agent": "Signature-Agent can't be read",
  "duplicate-label": "a label occurs twice",
  "duplicate-parameter": "a parameter occurs twice",
  "duplicate-component": "a component is covered twice",
  "missing-signature": "Signature-Input is there without Signature",
  "label-mismatch": "Signature has no member with its label",
  "missing-parameter": "created, expires, keyid or tag is missing",
  "malformed-parameter": "a parameter has the wrong type",
  "unsupported-algorithm": "its algorithm is not supported",
  "unsupported-component": "it covers a component that no request has",
  "component-unavailable": "it covers a field that is not in the request",
  "target-not-covered": "it covers neither @authority nor @target-uri",
  "signature-agent-not-covered": "it does not cover Signature-Agent",
  "ambiguous-signature-agent": "it covers more than one agent",
  "signature-agent-not-https": "Signature-Agent is no https URL",
  "created-in-future": "it was made in the future, by our clock",
  "expires-before-created": "it expires before it was made",
  "lifetime-too-long": "it is valid for longer than agents.maxAge",
  expired: "it has expired",
  "test-key": "it is made with a key that is printed in a specification",
  "algorithm-mismatch": "its algorithm does not fit the key",
  "key-outside-validity": "its key is not valid now",
  "signature-mismatch": "it does not match this request",
  "content-digest-mismatch": "the content is not that of its Content-Digest",
  replayed: "its nonce was used before",
} as const;

/** Why a claim is neither proven nor refuted: no Web Bot Auth signature, or no key for it. */
export const UNVERIFIED = {
  "no-signature": "the request is not signed",
  "no-web-bot-auth-signature": "it is signed for another purpose only",
  "no-signature-agent": "no Signature-Agent says where the keys are",
  "nonce-required": "it has no nonce, and agents.replay.requireNonce requires one",
  "unsupported-agent-type": "Signature-Agent has an unknown type",
  "agent-parameters-ignored":
    "Signature-Agent has parameters, and agents.memberParameters ignores it",
  "directory-url-refused": "the key directory's address is refused",
  "directory-not-allowed": "the key directory is not listed under agents.directories",
  "directory-pending": "the key directory is being fetched",
  "directory-limit": "too many new key directories in this minute",
  "directory-unavailable": "the key directory could not be fetched",
  "directory-malformed": "the key directory is no key set",
  "directory-signature-invalid": "the key directory's own signature is invalid",
  "target-rewritten":
    "it does not match the target, which the runtime may have rewritten before the proxy",
  "unknown-key": "the key directory does not have its key",
} as const;

export type InvalidReason = keyof typeof INVALID;
export type UnverifiedReason = keyof typeof UNVERIFIED;

/** The known facts about one signature, or about the message if no signature is concerned. */
interface Subject {
  readonly label?: string;
  readonly keyid?: string;
  readonly agent?: string;
}

export type Refusal =
  | ({ readonly verdict: "invalid"; readonly reason: InvalidReason } & Subject)
  | ({ readonly verdict: "unverified"; readonly reason: UnverifiedReason } & Subject);

export type SignatureVerdict =
  | {
      readonly verdict: "verified";
      readonly reason: "ok";
      readonly label: string;
      readonly keyid: string;
      /** The signature agent's URL; empty if the keys apply to every agent. */
      readonly agent: string;
      /** How the request names the agent; undefined if it does not. */
      readonly form?: AgentForm;
      /** The digests that the signature covers, if the content is not known yet. */
      readonly digests?: readonly ContentDigest[];
      readonly proof: SignatureProof;
    }
  | Refusal;

/** The facts of a valid signature on which a payment depends. */
export interface SignatureProof {
  readonly keyid: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** The covered components, each serialised, e.g. `"crawler-max-price"`. */
  readonly covers: readonly string[];
  readonly nonce: string | undefined;
  readonly signature: Uint8Array;
}

export function invalid(reason: InvalidReason, subject: Subject = {}): Refusal {
  return { verdict: "invalid", reason, ...subject };
}

export function unverified(reason: UnverifiedReason, subject: Subject = {}): Refusal {
  return { verdict: "unverified", reason, ...subject };
}

/** The reason for a field that is no valid Dictionary. */
export function faultReason(fault: FieldFault, malformed: InvalidReason): InvalidReason {
  switch (fault) {
    case "duplicate-key":
      return "duplicate-label";
    case "duplicate-parameter":
      return "duplicate-parameter";
    case "too-many-members":
      return "too-many-labels";
    case "too-many-items":
      return "too-many-components";
    case "syntax":
      return malformed;
  }
}
