import { formatAmount } from "../../../http/amount.ts";
import type { FeatureVocabulary, Told } from "../../../pipeline/vocabulary.ts";
import type { AccessPolicy } from "../policy.ts";
import { termsOf } from "./terms.ts";
import { x402Reasons } from "./x402/reasons.ts";

const done = { is: "done", action: "charge" } as const;

function price({ policy }: Told<AccessPolicy>): string {
  return policy.price === undefined ? "a price" : formatAmount(termsOf(policy).price);
}

/** The actions and reasons of a charge. */
export const chargeVocabulary = {
  actions: {
    charge: { did: "asked to pay", would: "would be asked to pay" },
    paid: { did: "charged", would: "would be charged" },
  },
  reasons: {
    "user-triggered": {
      says: "a user of the agent asks for the page at this moment, which is free (userTriggered)",
    },
    "will-charge": {
      under: "charge",
      says: (told) => `the request pays ${price(told)}, if it gets content`,
    },
    "free-quota": { under: "charge", says: "within the agent's free quota" },
    "paid-before": { says: "the agent has got this content within the window" },
    "charge-failed-open": {
      says: "the payment could not be checked, and onError admits the request",
      todo: "See the log for the failure; with onError: deny the proxy would refuse the request.",
    },
    "payment-required": {
      ...done,
      says: (told) => `the request contains no payment; the price is ${price(told)} (402)`,
      todo: ({ policy }) =>
        policy.settle === "x402"
          ? "Have the agent pay by x402, as PAYMENT-REQUIRED in the 402 says."
          : "Have the agent sign its request and pay, or raise the rule's free quota.",
    },
    "conflicting-prices": { ...done, says: "the request has both price fields (400)" },
    "price-malformed": { ...done, says: "the request's price field can't be read (400)" },
    "payment-unsigned": { ...done, says: "a request without a signature can't pay (400)" },
    "payment-not-covered": {
      ...done,
      says: "no valid signature covers the price field (400)",
      todo: 'Have the agent cover "crawler-max-price" or "crawler-exact-price".',
    },
    "payment-too-old": {
      ...done,
      says: "the signature is older than 60 seconds, and pays no more (400)",
    },
    "price-not-exact": { ...done, says: (told) => `the price is ${price(told)} exactly (402)` },
    "price-too-low": {
      ...done,
      says: (told) => `the agent pays less than ${price(told)}, or in another currency (402)`,
    },
    "payment-replayed": {
      ...done,
      says: "the payment was used before, and its window is over (400)",
    },
    "balance-exhausted": {
      ...done,
      says: "the agent's balance and credit do not suffice (403)",
      todo: "Increase it: wayleave ledger credit AGENT AMOUNT, or access.credit.",
    },
    "payment-pending": {
      ...done,
      says: "another request is settling the same payment at this moment (503)",
    },
    "payment-refused": { ...done, says: "the webhook has refused the charge (403)" },
    "charge-unavailable": {
      ...done,
      says: "the charge could not be decided or entered, and onError refuses the request (503)",
      todo: "See the log for the failure of the ledger, the webhook or the facilitator.",
    },
    "other-price": {
      ...done,
      says: "the answer would come from another address, whose price this request has not paid",
    },
    "websocket-unpaid": {
      ...done,
      says: "the request asks for a WebSocket, whose frames can't be charged (400)",
    },
    "too-large-to-settle": {
      ...done,
      says: "the content is longer than holdBytes, and a transfer can't be given back (503)",
      todo: "Raise holdBytes, or leave large files out of the rule.",
    },
    ...x402Reasons,
    charged: { is: "done", action: "paid", says: (told) => `charged ${price(told)}` },
    "free-content": { is: "aside", says: "the content is free for the agent" },
    "for-one-agent": {
      is: "aside",
      says: "the response is for this agent only (private, no-store)",
    },
    "not-charged": { is: "aside", says: "nothing is charged without a 2xx with content" },
  },
} as const satisfies Pick<FeatureVocabulary<AccessPolicy>, "actions" | "reasons">;
