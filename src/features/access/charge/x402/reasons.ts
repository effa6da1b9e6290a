import type { ReasonText } from "../../../../pipeline/vocabulary.ts";

/** The reasons for which a payment by x402 is refused. */
export const x402Reasons = {
  "x402-malformed": {
    is: "done",
    action: "charge",
    says: "the field PAYMENT-SIGNATURE can't be read (400)",
    todo: "Have the client send base64 of one PaymentPayload of x402 version 2.",
  },
  "x402-not-covered": {
    is: "done",
    action: "charge",
    says: "the request is signed, and no valid signature of the last 60 seconds covers payment-signature (400)",
    todo: "Have the agent cover payment-signature in a new signature, or pay without a signature.",
  },
  "x402-mismatch": {
    is: "done",
    action: "charge",
    says: "the payment is not what the offer asks for: another price, network, wallet or time",
    todo: "Have the client read PAYMENT-REQUIRED again; the price may have changed.",
  },
  "x402-invalid": {
    is: "done",
    action: "charge",
    says: "the facilitator says that the payment is invalid, or not covered by the payer's balance",
  },
  "x402-unavailable": {
    is: "done",
    action: "charge",
    says: "the facilitator did not verify the payment: it is away, slow, or speaks no x402 version 2",
    todo: "See the log for the failure, and try the facilitator's URL with /supported.",
  },
  "x402-spent": {
    is: "done",
    action: "charge",
    says: "the payment has bought a response before",
  },
  "x402-pending": {
    is: "done",
    action: "charge",
    says: "another request shows the same payment at this moment, or too many show any (503)",
  },
  "x402-unknown": {
    is: "done",
    action: "charge",
    says: "the facilitator did not tell the result of settling, so the charge stays open (503)",
    todo: "See the log for the failure, and compare the ledger with the transfers to your wallet.",
  },
  "x402-unsettled": {
    is: "done",
    action: "charge",
    says: "the facilitator did not settle the payment, and no money has moved",
  },
} as const satisfies Record<string, ReasonText>;

export type X402Reason = keyof typeof x402Reasons;
