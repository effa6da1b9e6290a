import { isObject } from "../../../../http/json.ts";
import { decodeJsonField, type EncodingFault } from "./encoded-json.ts";
import { isAddress, isNonce, isSignature, isWhole } from "./evm.ts";

/** The request field with a payment. */
export const PAYMENT_SIGNATURE = "payment-signature";

/** A transfer that the payer has signed (EIP-3009); numbers are uint256 in decimal. */
export interface TransferAuthorization {
  readonly from: string;
  readonly to: string;
  readonly value: string;
  /** Seconds since the epoch. */
  readonly validAfter: string;
  readonly validBefore: string;
  readonly nonce: string;
}

/** A well-formed PAYMENT-SIGNATURE; nothing of it is verified. */
export interface ShownPayment {
  /** The offer that the payer claims to accept; compared with our offers (`findOffer`). */
  readonly accepted: unknown;
  readonly signature: string;
  readonly authorization: TransferAuthorization;
}

/** Why a PAYMENT-SIGNATURE can't be read (400). */
export type PaymentFault =
  | EncodingFault
  | "not-an-object"
  | "version"
  | "no-accepted"
  | "no-payload"
  | "malformed-signature"
  | "malformed-authorization";

/** Reads PAYMENT-SIGNATURE (x402 v2 §5.2); its `resource` and `extensions` are ignored. Never throws. */
export function parsePayment(
  field: string,
):
  | { readonly kind: "payment"; readonly payment: ShownPayment }
  | { readonly kind: "malformed"; readonly reason: PaymentFault } {
  const decoded = decodeJsonField(field);
  if (decoded.kind === "malformed") return decoded;
  const { value } = decoded;
  if (!isObject(value)) return malformed("not-an-object");
  if (value["x402Version"] !== 2) return malformed("version");
  const { accepted, payload } = value;
  if (!isObject(accepted)) return malformed("no-accepted");
  if (!isObject(payload)) return malformed("no-payload");
  const { signature } = payload;
  if (!isSignature(signature)) return malformed("malformed-signature");
  const authorization = authorizationOf(payload["authorization"]);
  if (authorization === undefined) return malformed("malformed-authorization");
  return { kind: "payment", payment: { accepted, signature, authorization } };
}

function malformed(reason: PaymentFault) {
  return { kind: "malformed", reason } as const;
}

/** Copies the members that are signed, so that nothing else of the client's is sent on. */
function authorizationOf(given: unknown): TransferAuthorization | undefined {
  if (!isObject(given)) return undefined;
  const { from, to, value, validAfter, validBefore, nonce } = given;
  if (!isAddress(from) || !isAddress(to) || !isNonce(nonce)) return undefined;
  if (!isWhole(value) || !isWhole(validAfter) || !isWhole(validBefore)) return undefined;
  return { from, to, value, validAfter, validBefore, nonce };
}

/**
 * Identifies a payment: the contract of the token lets each payer use a nonce once. The signature is
 * not part of it, because one authorization can have several valid signatures.
 */
export function paymentId(
  { network, asset }: { readonly network: string; readonly asset: string },
  { from, nonce }: TransferAuthorization,
): string {
  return `${network}/${asset}/${from}/${nonce}`.toLowerCase();
}
