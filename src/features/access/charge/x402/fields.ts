import { encodeJsonField } from "./encoded-json.ts";
import type { PaymentOffer } from "./offer.ts";

type FieldLine = readonly [name: string, value: string];

/** Characters of a URL that are repeated in a field: clients bound the section of fields. */
const MOST_URL = 2048;

/** A SettlementResponse of x402 v2 §5.3. */
export interface SettlementReport {
  readonly success: boolean;
  /** One of our own or of the facilitator's codes. */
  readonly errorReason?: string;
  /** The hash of the transaction; empty if there is none. */
  readonly transaction: string;
  readonly network: string;
  readonly payer?: string;
  readonly amount?: string;
}

/**
 * Makes PAYMENT-REQUIRED, with which a 402 names the offers (x402 v2 §5.1).
 *
 * @param url of the content, on the public origin
 * @param error one of our own sentences
 */
export function paymentRequired(
  url: string,
  offers: readonly PaymentOffer[],
  error: string,
): FieldLine {
  const resource = { url: url.length > MOST_URL ? new URL("/", url).href : url };
  const document = { x402Version: 2, error, resource, accepts: offers };
  return ["payment-required", encodeJsonField(document)];
}

/** Makes PAYMENT-RESPONSE, which tells the payer whether the payment was settled (x402 v2 §5.3). */
export function paymentResponse(report: SettlementReport): FieldLine {
  return ["payment-response", encodeJsonField(report)];
}
