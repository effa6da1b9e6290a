import type { PaymentOffer } from "../../../../../src/features/access/charge/x402/offer.ts";
import type { ShownPayment } from "../../../../../src/features/access/charge/x402/payment.ts";

/** The offer of the specification's examples. */
export const OFFER: PaymentOffer = {
  scheme: "exact",
  network: "eip155:84532",
  amount: "10000",
  asset: "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
  payTo: "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
  maxTimeoutSeconds: 60,
  extra: { assetTransferMethod: "eip3009", name: "USDC", version: "2" },
};

export const PAYER = "0x857b06519E91e3A54538791bDbb0E22373e36b66";

/** A payment of the offer, valid until a minute after `now`. */
export function samplePayment(now: number, change: object = {}): ShownPayment {
  return {
    accepted: structuredClone(OFFER),
    signature: `0x${"5a".repeat(65)}`,
    authorization: {
      from: PAYER,
      to: OFFER.payTo,
      value: OFFER.amount,
      validAfter: "0",
      validBefore: String(now + 60),
      nonce: `0x${"f3".repeat(32)}`,
      ...change,
    },
  };
}

/** PAYMENT-SIGNATURE with any members. */
export function fieldOf(document: unknown): string {
  return Buffer.from(JSON.stringify(document)).toString("base64");
}

/** PAYMENT-SIGNATURE with a payment. */
export function shownAs({ accepted, signature, authorization }: ShownPayment): string {
  return fieldOf({ x402Version: 2, accepted, payload: { signature, authorization } });
}
