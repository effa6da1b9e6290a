import type { Agent } from "../../../../agent/agent.ts";
import { formatAmount, parseAmount, type Amount } from "../../../../http/amount.ts";
import type { PaymentFields, PaymentRefusal } from "../settlement.ts";

/** Request fields of pay per crawl, of which a paid request has one. */
const EXACT = "crawler-exact-price";
const MOST = "crawler-max-price";

/** Seconds for which a signature can pay. */
export const OLDEST = 60;

/** The reasons for which a payment from an account is refused. */
export type LedgerReason =
  | "conflicting-prices"
  | "price-malformed"
  | "payment-unsigned"
  | "payment-not-covered"
  | "payment-too-old"
  | "price-not-exact"
  | "price-too-low"
  | "payment-replayed"
  | "balance-exhausted"
  | "payment-pending"
  | "payment-refused"
  | "charge-unavailable";

type Refused = PaymentRefusal<LedgerReason>;

/** The error codes of pay per crawl, with the status and the text of each refusal. */
const REFUSALS: Readonly<
  Record<LedgerReason, readonly [status: Refused["status"], code: string, detail: string]>
> = {
  "conflicting-prices": [
    400,
    "ConflictingPriceHeaders",
    `Send either ${EXACT} or ${MOST}, not both.`,
  ],
  "price-malformed": [
    400,
    "InvalidCrawlerPriceValue",
    "Write the price once, as currency, one space and a decimal number, for example USD 0.01.",
  ],
  "payment-unsigned": [
    400,
    "StrongAuthRequired",
    "Only a request that a Web Bot Auth agent has signed can pay.",
  ],
  "payment-not-covered": [
    400,
    "InvalidSignature",
    "The signature must be valid and cover the price field.",
  ],
  "payment-too-old": [
    400,
    "InvalidSignature",
    `A signature can pay for ${OLDEST} seconds after it was created: sign the request again.`,
  ],
  "price-not-exact": [
    402,
    "InvalidCrawlerExactPrice",
    `${EXACT} must be equal to the price in crawler-price.`,
  ],
  "price-too-low": [
    402,
    "InvalidCrawlerMaxPrice",
    `${MOST} must be in the currency of crawler-price, and not less.`,
  ],
  "payment-replayed": [
    400,
    "InvalidSignature",
    "This signature has paid for this URL before: sign the request again.",
  ],
  "balance-exhausted": [
    403,
    "PaymentFailed",
    "The balance of the account does not suffice; the site's operator can increase it.",
  ],
  "payment-pending": [
    503,
    "InternalError",
    "Another request with this payment is in progress: send it again in a few seconds.",
  ],
  "payment-refused": [403, "PaymentFailed", "The site's operator has refused the charge."],
  "charge-unavailable": [
    503,
    "InternalError",
    "The charge could not be entered, so nothing was charged: send the request again later.",
  ],
};

/** The refusal for a reason, in the words of pay per crawl. */
export function ledgerRefusal(reason: LedgerReason): Refused {
  const [status, code, detail] = REFUSALS[reason];
  const fields: PaymentFields = [["crawler-error", code]];
  return { reason, status, detail, fields, isFailure: reason === "charge-unavailable" };
}

/** The result for the price fields of a request. */
export type PriceDecision =
  | { readonly kind: "unpaid" }
  | { readonly kind: "pays" }
  | { readonly kind: "refused"; readonly reason: LedgerReason };

interface PricedRequest {
  readonly agent: Agent;
  field(name: string): string | undefined;
}

/**
 * Decides whether a request pays a price: one price field that fits, covered by a valid signature
 * that is not too old.
 *
 * @param now seconds since the epoch
 */
export function decidePrice(request: PricedRequest, price: Amount, now: number): PriceDecision {
  const [exact, most] = [request.field(EXACT), request.field(MOST)];
  if (exact === undefined && most === undefined) return { kind: "unpaid" };
  if (exact !== undefined && most !== undefined) return refused("conflicting-prices");
  const offered = parseAmount(exact ?? most ?? "");
  if (offered === undefined) return refused("price-malformed");
  const { agent } = request;
  const proof = agent.kind === "verified" ? agent.proof : undefined;
  if (proof === undefined || agent.kind !== "verified") {
    const isSigned = request.field("signature-input") !== undefined;
    return refused(isSigned ? "payment-not-covered" : "payment-unsigned");
  }
  // A signature over a digest is valid only once the content is known.
  const isWhole = agent.digests === undefined;
  const field = JSON.stringify(exact === undefined ? MOST : EXACT);
  if (!isWhole || !proof.covers.includes(field)) return refused("payment-not-covered");
  if (now - proof.created > OLDEST) return refused("payment-too-old");
  const isSame = offered.currency === price.currency;
  if (exact !== undefined) {
    return isSame && offered.micros === price.micros ? PAYS : refused("price-not-exact");
  }
  return isSame && offered.micros >= price.micros ? PAYS : refused("price-too-low");
}

const PAYS: PriceDecision = { kind: "pays" };

function refused(reason: LedgerReason): PriceDecision {
  return { kind: "refused", reason };
}

/** The field of a 402 that states the price. */
export function priceField(price: Amount): PaymentFields {
  return [["crawler-price", formatAmount(price)]];
}
