import * as v from "valibot";
import type { Amount } from "../../../../http/amount.ts";
import { wholeNumber } from "../../../../http/schemas.ts";
import { duration } from "../../../../timing/duration.ts";
import { atomicAmount } from "./amount.ts";
import { isAddress, isNetwork } from "./evm.ts";
import type { PaymentOffer } from "./offer.ts";

/** A name or version in a token's EIP-712 domain. */
const domainText = v.pipe(v.string(), v.minLength(1), v.maxLength(64));

/** A contract or a wallet. */
const address = v.pipe(
  v.string(),
  v.check((text) => isAddress(text), "an address: 0x and 40 hexadecimal digits"),
);

/** The options under `x402`: payments to your wallet through a facilitator (x402 v2, `exact`, EIP-3009). */
export const x402Options = v.strictObject({
  /** URL of the facilitator, https; `/verify`, `/settle` and `/supported` are added to it. */
  facilitator: v.pipe(
    v.string(),
    v.check(isFacilitatorUrl, 'an https URL such as "https://facilitator.example", without query'),
  ),
  /**
   * Name of the environment variable, or secret of the Worker, whose value the facilitator gets as
   * Authorization; it begins with `X402_`.
   * @default no Authorization
   */
  authorization: v.optional(
    v.pipe(v.string(), v.regex(/^X402_[A-Z0-9_]{1,60}$/, 'a name such as "X402_AUTHORIZATION"')),
  ),
  /** The network, as CAIP-2, e.g. "eip155:8453" for Base. */
  network: v.pipe(
    v.string(),
    v.check((text) => isNetwork(text), 'a network such as "eip155:8453"'),
  ),
  /** The contract of the token; one token must be worth one unit of the price's currency. */
  asset: address,
  /** The name in the token's EIP-712 domain, which a payer signs, e.g. "USD Coin". */
  name: domainText,
  /** The version in the token's EIP-712 domain, e.g. "2". */
  version: domainText,
  /** Decimal places of the token. @default 6 */
  decimals: v.optional(wholeNumber(0, 30), 6),
  /** The wallet that gets the money. */
  payTo: address,
  /** Seconds for which a payer is asked to sign; content and settling must fit in. @default 120 */
  maxTimeoutSeconds: v.optional(wholeNumber(30, 3600), 120),
  /** The time that the facilitator has to settle. @default "20s" */
  timeout: v.optional(duration("1s", "45s"), "20s"),
});

export type X402Options = v.InferOutput<typeof x402Options>;

/** Why a price can't be asked in this asset; undefined if it can. */
export function priceFault(price: Amount, { decimals }: X402Options): string | undefined {
  if (price.micros === 0) return "x402 needs a price above zero";
  return atomicAmount(price, decimals) === undefined
    ? `the price is not a whole number of the asset's units (${decimals} decimals)`
    : undefined;
}

/** The offer of a rule; undefined if `priceFault` has a fault. */
export function offerOf(price: Amount, options: X402Options): PaymentOffer | undefined {
  const { network, asset, payTo, maxTimeoutSeconds, name, version, decimals } = options;
  const amount = atomicAmount(price, decimals);
  if (amount === undefined) return undefined;
  const extra = { assetTransferMethod: "eip3009", name, version } as const;
  return { scheme: "exact", network, amount, asset, payTo, maxTimeoutSeconds, extra };
}

/** Whether it is https, or http on this machine. */
function isFacilitatorUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  if (url.search !== "" || text.includes("#")) return false;
  return (
    url.protocol === "https:" ||
    (url.protocol === "http:" && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname))
  );
}
