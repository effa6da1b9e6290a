import type { NetworkReason } from "./network-evidence.ts";
import type { Reason } from "./web-bot-auth/reasons.ts";

/** Why a signature proves nothing, in words. */
export const SIGNATURE_EXPLANATIONS: Readonly<
  Record<Reason | "unsigned" | "verification-failed", string>
> = {
  unsigned: "the request is not signed",
  "verification-failed": "the signature could not be checked: a failure on our side",
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
  "label-mismatch": "Signature and Signature-Input have different labels",
  "missing-parameter": "created, expires, keyid or tag is missing",
  "malformed-parameter": "a parameter has the wrong type",
  "unsupported-algorithm": "its algorithm is not supported",
  "unsupported-component": "it covers a component that no request has",
  "component-unavailable": "it covers a field that is not in the request",
  "target-not-covered": "it covers neither @authority nor @target-uri",
  "signature-agent-not-covered": "it does not cover Signature-Agent",
  "ambiguous-signature-agent": "it covers more than one agent",
  "created-in-future": "it was made in the future, by our clock",
  "expires-before-created": "it expires before it was made",
  "lifetime-too-long": "it is valid for longer than agents.maxAge",
  expired: "it has expired",
  "test-key": "it is made with a key that is printed in a specification",
  "algorithm-mismatch": "its algorithm does not fit the key",
  "key-outside-validity": "its key is not valid now",
  "signature-mismatch": "it does not match this request",
  replayed: "its nonce was used before",
  "no-signature": "the request is not signed",
  "no-web-bot-auth-signature": "it is signed for another purpose only",
  "no-signature-agent": "no Signature-Agent says where the keys are",
  "nonce-required": "it has no nonce, and agents.replay.requireNonce requires one",
  "unsupported-agent-type": "Signature-Agent has an unknown type",
  "directory-url-refused": "the key directory's address is refused",
  "directory-not-allowed": "the key directory is not listed under agents.directories",
  "directory-pending": "the key directory is being fetched",
  "directory-limit": "too many new key directories in this minute",
  "directory-unavailable": "the key directory could not be fetched",
  "directory-malformed": "the key directory is no key set",
  "directory-signature-invalid": "the key directory's own signature is invalid",
  "unknown-key": "the key directory does not have its key",
};

/** Why the client's address proves nothing, in words. */
export const NETWORK_EXPLANATIONS: Readonly<Record<NetworkReason, string>> = {
  "no-address": "the client's address is not known",
  "no-source": "the bot table has no addresses of the operator",
  "no-list": "no address list of the operator has been fetched yet",
  "not-in-ranges": "it is in none of the operator's address lists",
  "reverse-dns-pending": "its name is being looked up",
  "reverse-dns-unknown": "its name could not be looked up",
  "reverse-dns-refuted": "its name does not belong to the operator",
};
