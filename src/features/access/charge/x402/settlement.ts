import type { Agent } from "../../../../agent/agent.ts";
import type { Exchange } from "../../../../pipeline/exchange.ts";
import { secondsOf } from "../../../../timing/duration.ts";
import type { Payment, PaymentRefusal, PriceDemand, Settlement } from "../settlement.ts";
import { decidePayment } from "./decide.ts";
import type { Facilitators } from "./facilitators.ts";
import { paymentRequired, paymentResponse } from "./fields.ts";
import type { PaymentOffer } from "./offer.ts";
import { offerOf, type X402Options } from "./options.ts";
import { parsePayment, PAYMENT_SIGNATURE, paymentId, type ShownPayment } from "./payment.ts";
import type { X402Reason } from "./reasons.ts";
import { FAULTS, MISMATCHES } from "./words.ts";

/** A payment by x402 for an offer of ours. */
interface X402Payment extends Payment {
  readonly shown: ShownPayment;
  readonly offer: PaymentOffer;
}

/** The options of a rule, as far as they concern x402. */
interface X402Policy {
  readonly x402?: X402Options | undefined;
}

interface X402Parts {
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly facilitators: Facilitators;
}

type Refusal = PaymentRefusal<X402Reason>;

/** Milliseconds in which the facilitator verifies a payment, before the origin server is asked. */
const VERIFYING = 5000;
/** Seconds for which the signature of an agent can cover a payment. */
const OLDEST = 60;

/** Payments to the operator's wallet: x402 v2, `exact`, by a signed transfer (EIP-3009). */
export function x402Settlement({
  now,
  facilitators,
}: X402Parts): Settlement<X402Policy, X402Reason, X402Payment> {
  return {
    offer(exchange, { price, policy: { x402 } }) {
      const offer = x402 && offerOf(price, x402);
      if (x402 === undefined || offer === undefined) return { fields: [] };
      exchange.background(facilitators.checkSupport(x402, offer));
      return { fields: [paymentRequired(exchange.url.href, [offer], "Payment is required.")] };
    },

    async verify(exchange, demand, isObserved) {
      const field = exchange.field(PAYMENT_SIGNATURE);
      const { x402 } = demand.policy;
      if (field === undefined || x402 === undefined) return { kind: "unpaid" };
      const fit = readPayment(field, exchange, demand, now());
      if ("status" in fit) return { kind: "refused", refusal: fit };
      if (isObserved) return { kind: "paid", payment: fit };
      if (!facilitators.reserve(fit.key, exchange)) return { kind: "refused", refusal: PENDING };
      const result = await facilitators.verify(x402, offered(fit, exchange), VERIFYING);
      if (result.kind === "valid") return { kind: "paid", payment: fit };
      if (result.kind === "invalid") {
        return { kind: "refused", refusal: failed("x402-invalid", fit, result.reason) };
      }
      // A client can bring this about, so it is no failure, which onError might allow.
      if (result.kind === "busy") return { kind: "refused", refusal: PENDING };
      facilitators.report(x402, { call: "verify", fault: result.why });
      return { kind: "refused", refusal: UNAVAILABLE };
    },

    async settle(exchange, { policy: { x402 } }, payment) {
      if (x402 === undefined) return { kind: "unknown", refusal: UNKNOWN };
      const { network, amount } = payment.offer;
      const patience = secondsOf(x402.timeout) * 1000;
      const result = await facilitators.of(x402).settle(offered(payment, exchange), patience);
      if (result.kind === "settled") {
        const { transaction } = result;
        const payer = payment.shown.authorization.from;
        const report = { success: true, transaction, network, payer, amount };
        const reference = `${network} ${transaction}`;
        return { kind: "settled", fields: [paymentResponse(report)], reference };
      }
      if (result.kind === "refused") {
        return { kind: "failed", refusal: failed("x402-unsettled", payment, result.reason) };
      }
      const { why, transaction = "unknown" } = result;
      facilitators.report(x402, { call: "settle", fault: why, charge: payment.key, transaction });
      return { kind: "unknown", refusal: UNKNOWN };
    },

    objection: (why) => (why === "pending" ? PENDING : SPENT),

    patience: ({ x402 }) => (x402 === undefined ? 0 : secondsOf(x402.timeout) * 1000),
  };
}

/** Decides all that can be decided without the facilitator. */
function readPayment(
  field: string,
  exchange: Exchange,
  { price, policy: { x402 } }: PriceDemand<X402Policy>,
  now: number,
): X402Payment | Refusal {
  const parsed = parsePayment(field);
  if (parsed.kind === "malformed") {
    const detail = `PAYMENT-SIGNATURE can't be read: ${FAULTS[parsed.reason]}.`;
    return { reason: "x402-malformed", status: 400, detail, fields: [] };
  }
  if (!isCovered(exchange, now)) return NOT_COVERED;
  const ours = x402 && offerOf(price, x402);
  const { payment: shown } = parsed;
  const decision = decidePayment(shown, ours === undefined ? [] : [ours], now);
  if (decision.kind === "refuse") {
    const detail = `The payment does not fit the offer: ${MISMATCHES[decision.reason]}.`;
    const network = ours?.network ?? "";
    const errorReason = decision.reason.replaceAll("-", "_");
    const report = { success: false, errorReason, transaction: "", network };
    return { reason: "x402-mismatch", status: 402, detail, fields: [paymentResponse(report)] };
  }
  const { offer } = decision;
  const account = `x402:${offer.network}:${shown.authorization.from.toLowerCase()}`;
  const key = paymentId(offer, shown.authorization);
  return { account, key, amount: price, debits: false, shown, offer };
}

const NOT_COVERED: Refusal = {
  reason: "x402-not-covered",
  status: 400,
  detail: `A signed request pays only if its signature is valid, at most ${OLDEST} seconds old, and covers "payment-signature".`,
  fields: [],
};

const UNAVAILABLE: Refusal = {
  reason: "x402-unavailable",
  status: 503,
  isFailure: true,
  detail: "The payment could not be verified. No money has moved.",
  fields: [],
};

const UNKNOWN: Refusal = {
  reason: "x402-unknown",
  status: 503,
  isFailure: true,
  detail: "The result of the transfer is not known: ask the site before you pay for this again.",
  fields: [],
};

const PENDING: Refusal = {
  reason: "x402-pending",
  status: 503,
  detail: "Another payment, or another request with this one, is in progress.",
  fields: [],
};

const SPENT: Refusal = {
  reason: "x402-spent",
  status: 402,
  detail: "This payment has bought a response before: sign a new one.",
  fields: [],
};

/** Whether nobody has put the payment into another agent's signed request. */
function isCovered(exchange: Exchange, now: number): boolean {
  if (exchange.field("signature-input") === undefined) return true;
  const proof = proofOf(exchange.agent);
  return (
    proof !== undefined &&
    now - proof.created <= OLDEST &&
    proof.covers.includes(JSON.stringify(PAYMENT_SIGNATURE))
  );
}

function proofOf(agent: Agent) {
  return agent.kind === "verified" ? agent.proof : undefined;
}

/** The refusal of a payment with which no money has moved, which the payer may send no more. */
function failed(
  reason: "x402-invalid" | "x402-unsettled",
  { offer: { network }, shown }: X402Payment,
  errorReason: string,
): Refusal {
  const payer = shown.authorization.from;
  const report = { success: false, errorReason, transaction: "", network, payer };
  const says = reason === "x402-invalid" ? "is not valid" : "was not settled";
  const detail = `The payment ${says}: ${errorReason}.`;
  return { reason, status: 402, detail, fields: [paymentResponse(report)] };
}

function offered({ shown, offer }: X402Payment, { url }: Exchange) {
  return { payment: shown, offer, url: url.href };
}
