import type { MismatchReason } from "./decide.ts";
import type { PaymentFault } from "./payment.ts";

/** The faults of a PAYMENT-SIGNATURE in words, for its client. */
export const FAULTS: Readonly<Record<PaymentFault, string>> = {
  "field-too-large": "it is longer than 8192 characters",
  "malformed-base64": "it is not one value in base64",
  "malformed-text": "its base64 is not text in UTF-8",
  "malformed-json": "its text is not JSON",
  "too-deep": "its JSON is nested too deeply",
  "duplicate-name": "its JSON has the same name twice in an object",
  "not-an-object": "its JSON is not an object",
  version: "x402Version must be 2",
  "no-accepted": "the object accepted is missing",
  "no-payload": "the object payload is missing",
  "malformed-signature": "payload.signature must be 65 bytes or more as 0x and hexadecimal digits",
  "malformed-authorization":
    "payload.authorization must have from, to, value, validAfter, validBefore and nonce, in the forms of EIP-3009",
};

/** Why a payment does not fit the offer, for its client. */
export const MISMATCHES: Readonly<Record<MismatchReason, string>> = {
  "no-such-offer": "accepted is not equal to any offer in PAYMENT-REQUIRED",
  "wrong-recipient": "it pays to another address than payTo",
  "wrong-amount": "its value is not the amount of the offer",
  "not-yet-valid": "it is not valid yet",
  expired: "it has expired, or expires within six seconds",
  "valid-too-long": "it is valid for more than a day",
};
