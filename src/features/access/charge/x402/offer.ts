import { isObject } from "../../../../http/json.ts";
import { isAddress, isSameAddress } from "./evm.ts";

/** Terms on which we sell: PaymentRequirements of x402 v2 §5.1.2, for `exact` on EVM by EIP-3009. */
export interface PaymentOffer {
  readonly scheme: "exact";
  /** CAIP-2, e.g. "eip155:8453". */
  readonly network: string;
  /** In atomic units of the asset. */
  readonly amount: string;
  /** The contract of the token. */
  readonly asset: string;
  readonly payTo: string;
  /** Seconds from the payer's signature to the end of the transfer, at most. */
  readonly maxTimeoutSeconds: number;
  readonly extra: {
    readonly assetTransferMethod: "eip3009";
    /** Name and version of the token's EIP-712 domain, which the payer signs. */
    readonly name: string;
    readonly version: string;
  };
}

/** Whether `accepted` of a payment is one of our offers: equal in every member, and no more members. */
export function findOffer(
  accepted: unknown,
  offers: readonly PaymentOffer[],
): PaymentOffer | undefined {
  return offers.find((offer) => isEqual(offer, accepted));
}

function isEqual(ours: unknown, theirs: unknown): boolean {
  if (isAddress(ours)) return isAddress(theirs) && isSameAddress(ours, theirs);
  if (!isObject(ours)) return ours === theirs;
  if (!isObject(theirs)) return false;
  const names = Object.keys(ours);
  return (
    Object.keys(theirs).length === names.length &&
    names.every((name) => Object.hasOwn(theirs, name) && isEqual(ours[name], theirs[name]))
  );
}
