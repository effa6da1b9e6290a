import { isSameAddress } from "./evm.ts";
import { findOffer, type PaymentOffer } from "./offer.ts";
import type { ShownPayment } from "./payment.ts";

/** Seconds before the end of an authorization that a transfer needs; facilitators require as many. */
const LEAST_LEFT = 6;
/** Seconds for which an authorization may be valid: a payment is remembered for as long. */
const LONGEST = 86_400;
/** Seconds by which the payer's clock may be ahead. */
const SKEW = 60;

/** Why a well-formed payment fits none of our offers (402). */
export type MismatchReason =
  | "no-such-offer"
  | "wrong-recipient"
  | "wrong-amount"
  | "not-yet-valid"
  | "expired"
  | "valid-too-long";

export type PaymentDecision =
  | { readonly kind: "verify"; readonly offer: PaymentOffer; readonly validBefore: number }
  | { readonly kind: "refuse"; readonly reason: MismatchReason };

/**
 * Decides whether a payment is worth a request to the facilitator, which repeats these checks
 * (exact on EVM, phase 2) and checks signature and balance.
 *
 * @param now seconds since the epoch
 */
export function decidePayment(
  { accepted, authorization }: ShownPayment,
  offers: readonly PaymentOffer[],
  now: number,
): PaymentDecision {
  const offer = findOffer(accepted, offers);
  if (offer === undefined) return refuse("no-such-offer");
  if (!isSameAddress(authorization.to, offer.payTo)) return refuse("wrong-recipient");
  if (authorization.value !== offer.amount) return refuse("wrong-amount");
  const time = BigInt(Math.floor(now));
  if (BigInt(authorization.validAfter) > time) return refuse("not-yet-valid");
  const validBefore = BigInt(authorization.validBefore);
  if (validBefore < time + BigInt(LEAST_LEFT)) return refuse("expired");
  if (validBefore > time + BigInt(LONGEST + SKEW)) return refuse("valid-too-long");
  return { kind: "verify", offer, validBefore: Number(validBefore) };
}

function refuse(reason: MismatchReason): PaymentDecision {
  return { kind: "refuse", reason };
}
