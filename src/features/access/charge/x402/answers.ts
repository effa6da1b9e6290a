import { isObject } from "../../../../http/json.ts";
import { isSameAddress } from "./evm.ts";
import type { PaymentOffer } from "./offer.ts";
import type { TransferAuthorization } from "./payment.ts";

/** The facilitator's answer to `POST /verify`. */
export type Verification =
  | { readonly kind: "valid" }
  | { readonly kind: "invalid"; readonly reason: string }
  /** It gave no answer that can be read; nothing is known about the payment. */
  | { readonly kind: "unavailable"; readonly why: string };

/** The facilitator's answer to `POST /settle`. */
export type Settling =
  | { readonly kind: "settled"; readonly transaction: string }
  /** The facilitator says that the transfer did not take place. */
  | { readonly kind: "refused"; readonly reason: string }
  /** The transfer may have taken place, or may still. */
  | { readonly kind: "unknown"; readonly why: string; readonly transaction?: string };

/** A response of the facilitator within the bounds. */
export interface FacilitatorResponse {
  readonly status: number;
  /** Undefined if the content is no JSON. */
  readonly document: unknown;
}

/** Codes of the specification are words like `insufficient_funds`; nothing else is repeated. */
const CODE = /^[A-Za-z0-9_.:-]{1,100}$/;
/** The hash of a transaction. */
const TRANSACTION = /^0x[0-9a-fA-F]{64}$/;

/** Reads the answer to `/verify` (x402 v2 §7.1). */
export function readVerification(
  { status, document }: FacilitatorResponse,
  { from }: TransferAuthorization,
): Verification {
  if (!isObject(document)) return { kind: "unavailable", why: `status ${status}` };
  const { isValid, invalidReason, payer } = document;
  // Some facilitators answer 400 for a payment that is not valid.
  if (isValid === false && status < 500) return { kind: "invalid", reason: codeOf(invalidReason) };
  if (isValid !== true || status !== 200) return { kind: "unavailable", why: `status ${status}` };
  return isPayer(payer, from) ? { kind: "valid" } : { kind: "unavailable", why: "another payer" };
}

/** Reads the answer to `/settle` (x402 v2 §7.2). */
export function readSettling(
  { status, document }: FacilitatorResponse,
  offer: PaymentOffer,
  { from }: TransferAuthorization,
): Settling {
  if (!isObject(document)) return unread(status);
  const { success, errorReason, payer, network, amount } = document;
  const transaction = transactionOf(document["transaction"]);
  const hash = transaction === undefined ? {} : { transaction };
  if (success === false) {
    const reason = codeOf(errorReason);
    // Sent to the network, but not confirmed in time.
    if (reason === PENDING || status >= 500) return { kind: "unknown", why: reason, ...hash };
    return { kind: "refused", reason };
  }
  if (success !== true || status !== 200) return unread(status);
  if (transaction === undefined) return { kind: "unknown", why: "no transaction" };
  if (network !== offer.network) return { kind: "unknown", why: "another network", transaction };
  if (amount !== undefined && amount !== null && amount !== "" && amount !== offer.amount) {
    return { kind: "unknown", why: "another amount", transaction };
  }
  if (!isPayer(payer, from)) return { kind: "unknown", why: "another payer", transaction };
  return { kind: "settled", transaction };
}

const PENDING = "settlement_pending";

/** Statuses with which a server says that it did not act on a request. */
const NOT_ACTED = new Set([400, 401, 403, 404, 405, 413, 415, 429]);

function unread(status: number): Settling {
  return NOT_ACTED.has(status)
    ? { kind: "refused", reason: `facilitator_status_${status}` }
    : { kind: "unknown", why: `status ${status}` };
}

/** Whether the facilitator supports the scheme of an offer on its network (x402 v2 §7.3). */
export function readSupport(
  { status, document }: FacilitatorResponse,
  { scheme, network }: PaymentOffer,
): boolean | undefined {
  const kinds = isObject(document) && status === 200 ? document["kinds"] : undefined;
  if (!Array.isArray(kinds)) return undefined;
  return kinds.some(
    (kind: unknown) =>
      isObject(kind) &&
      kind["x402Version"] === 2 &&
      kind["scheme"] === scheme &&
      (kind["network"] === network || kind["network"] === "eip155:*"),
  );
}

function codeOf(reason: unknown): string {
  return typeof reason === "string" && CODE.test(reason) ? reason : "unspecified";
}

function transactionOf(given: unknown): string | undefined {
  return typeof given === "string" && TRANSACTION.test(given) ? given : undefined;
}

/** The payer is optional in every answer. */
function isPayer(payer: unknown, from: string): boolean {
  if (payer === undefined || payer === null || payer === "") return true;
  return typeof payer === "string" && isSameAddress(payer, from);
}
