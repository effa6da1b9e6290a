import { formatAmount } from "../../../http/amount.ts";
import type { ProblemName } from "../../../http/problem.ts";
import type { OwnResponse } from "../../../pipeline/stage.ts";
import type { ChargeResult } from "../../../store/accounts.ts";
import { refusalOf } from "../notice/refusal.ts";
import type { AccessPolicy } from "../policy.ts";
import type { AccessReason } from "../reasons.ts";
import type { PaymentFields, PaymentRefusal, PriceOffer } from "./settlement.ts";
import type { Settlements } from "./settlements.ts";
import { termsOf } from "./terms.ts";

const NAMES = {
  400: "payment-malformed",
  402: "payment-required",
  403: "payment-failed",
  503: "payment-unavailable",
} as const satisfies Record<PaymentRefusal<string>["status"], ProblemName>;

/** Seconds after which a client may try again after a failure of ours. */
const RETRY_AFTER = [["retry-after", "5"]] as const;

/** A refused request, and what its client should know. */
export interface ChargeRefusal {
  readonly status: PaymentRefusal<string>["status"];
  /** One sentence, without text of the request. */
  readonly detail: string;
  readonly fields: PaymentFields;
}

/** Creates the response to a request that is not paid, or not by a good payment. */
export function refusal(
  { status, detail, fields: own }: ChargeRefusal,
  { fields: offered, members = {} }: PriceOffer,
  policy: AccessPolicy,
  accept: string | undefined,
): OwnResponse {
  const { message, contact, license } = policy;
  const price = formatAmount(termsOf(policy).price);
  const says = status === 402 && own.length === 0 ? (message ?? detail) : detail;
  // A code of the refusal replaces that of the offer.
  const named = new Set(own.map(([name]) => name));
  const fields = [...offered.filter(([name]) => !named.has(name)), ...own];
  return refusalOf({
    name: NAMES[status],
    detail: `${says} The price is ${price}.`,
    notice: { contact, license },
    accept,
    fields: status === 503 ? [...fields, ...RETRY_AFTER] : fields,
    members: { price, ...members },
  });
}

/** The refusal of a request without a payment. */
export const UNPAID: ChargeRefusal = {
  status: 402,
  detail: "Access to this content requires a payment.",
  fields: [],
};

/** The refusal for a result of the ledger, in the words of the way to pay. */
export function refusedBy(
  result: ChargeResult,
  settlement: Pick<Settlements["ledger"], "objection">,
): ChargeRefusal & { readonly reason: AccessReason } {
  return result === "poor" || result === "replayed" || result === "pending"
    ? settlement.objection(result)
    : { ...UNPAID, reason: "payment-required" };
}
