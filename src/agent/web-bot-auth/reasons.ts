import type { FieldFault } from "./structured-field.ts";

/** Why a claim is refuted: the fields break a rule, or the signature does not match. */
export type InvalidReason =
  | "field-too-large"
  | "too-many-labels"
  | "too-many-candidates"
  | "too-many-components"
  | "malformed-signature-input"
  | "malformed-signature"
  | "malformed-signature-agent"
  | "duplicate-label"
  | "duplicate-parameter"
  | "duplicate-component"
  | "missing-signature"
  | "label-mismatch"
  | "missing-parameter"
  | "malformed-parameter"
  | "unsupported-algorithm"
  | "unsupported-component"
  | "component-unavailable"
  | "target-not-covered"
  | "signature-agent-not-covered"
  | "ambiguous-signature-agent"
  | "created-in-future"
  | "expires-before-created"
  | "lifetime-too-long"
  | "expired"
  | "test-key"
  | "algorithm-mismatch"
  | "key-outside-validity"
  | "signature-mismatch"
  | "replayed";

/** Why a claim is neither proven nor refuted: no Web Bot Auth signature, or no key for it. */
export type UnverifiedReason =
  | "no-signature"
  | "no-web-bot-auth-signature"
  | "no-signature-agent"
  | "nonce-required"
  | "unsupported-agent-type"
  | "directory-url-refused"
  | "directory-not-allowed"
  | "directory-pending"
  | "directory-limit"
  | "directory-unavailable"
  | "directory-malformed"
  | "directory-signature-invalid"
  | "unknown-key";

export type Reason = InvalidReason | UnverifiedReason;

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
      /** The signature agent's URL; empty if the message names none and the keys apply to every agent. */
      readonly agent: string;
    }
  | Refusal;

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
