import * as v from "valibot";
import { parseAmount } from "../../../http/amount.ts";
import { wholeNumber } from "../../../http/schemas.ts";
import { duration } from "../../../timing/duration.ts";
import { priceFault, x402Options } from "./x402/options.ts";

const amount = v.pipe(
  v.string(),
  v.check((text) => parseAmount(text) !== undefined, 'an amount such as "USD 0.01"'),
);

/** The options of the action "charge". */
export const chargeEntries = {
  /** For "charge": the price of one response: currency, space, decimal number. @example "USD 0.01" */
  price: v.optional(amount),
  /**
   * For "charge": how a payment is settled: "ledger" takes it from the agent's account with you, "x402" has a
   * facilitator transfer it to your wallet.
   * @default "ledger"
   */
  settle: v.optional(v.picklist(["ledger", "x402"])),
  /** For "charge" with `"settle": "x402"`: the facilitator, the asset and your wallet. */
  x402: v.optional(x402Options),
  /** For "charge": responses that each verified agent gets without a charge. @default none */
  free: v.optional(
    v.strictObject({
      /** Responses with content in each period. */
      requests: wholeNumber(1, 1_000_000_000),
      /** The length of a period; all periods begin with the epoch. */
      per: duration("1m", "366d"),
    }),
  ),
  /**
   * For "charge": content that an agent has got by GET remains free for it, for this time: retries and parts of a download
   * cost nothing. "0s" charges each response.
   * @default "10m"
   */
  window: v.optional(duration("0s", "24h")),
  /**
   * For "charge": by how much the balance of an agent may be below zero, unless `wayleave ledger limit` has set a
   * limit for it. Only agents in your bot table have this credit.
   * @default none
   */
  credit: v.optional(amount),
  /**
   * For "charge": whether agents that fetch for a user at that moment pay, if they are verified.
   * @default "free"
   */
  userTriggered: v.optional(v.picklist(["free", "charge"])),
  /**
   * For "charge": whether a charge is given back if the client leaves before the response is complete.
   * @default false
   */
  creditAborted: v.optional(v.boolean()),
  /**
   * For "charge": bytes of content that the proxy receives before it charges, at most. Larger content is charged when
   * this much has arrived, and given back if the rest does not arrive; "x402" can't give back, and
   * refuses it.
   * @default 2097152
   */
  holdBytes: v.optional(wholeNumber(1024, 67_108_864)),
  /** For "charge": the time of the ledger, and then of the webhook. @default "5s" */
  settleWithin: v.optional(duration("1s", "30s")),
  /**
   * For "charge" with `"settle": "ledger"`: a URL of yours that accepts or refuses each charge, by a POST that is
   * signed with LEDGER_SECRET.
   * @default none
   */
  webhook: v.optional(
    v.pipe(v.string(), v.check(isWebhook, "an https URL; http only on this machine")),
  ),
};

type Given = v.InferOutput<v.ObjectSchema<typeof chargeEntries, undefined>>;

/** A fault of the options together, at one key. */
interface ChargeFault {
  readonly key: keyof Given;
  readonly message: string;
}

/** The faults of a policy with the action "charge". */
export function chargeFaults(given: Given): readonly ChargeFault[] {
  const { settle = "ledger", x402, credit, webhook } = given;
  const price = given.price === undefined ? undefined : parseAmount(given.price);
  if (price === undefined || price.micros === 0) {
    return [{ key: "price", message: 'a price above zero, such as "USD 0.01"' }];
  }
  const faults: ChargeFault[] = [];
  const add = (key: keyof Given, message: string): void => void faults.push({ key, message });
  if (credit !== undefined && parseAmount(credit)?.currency !== price.currency) {
    add("credit", `an amount in ${price.currency}, as the price`);
  }
  if (settle === "ledger") {
    if (x402 !== undefined) add("x402", 'an option of "settle": "x402"');
    if (webhook !== undefined && credit !== undefined) {
      add("credit", "no credit beside a webhook, which decides by itself");
    }
    return faults;
  }
  if (webhook !== undefined) add("webhook", 'an option of "settle": "ledger"');
  if (credit !== undefined) add("credit", 'an option of "settle": "ledger"');
  if (x402 === undefined) add("x402", "the facilitator, the asset and your wallet");
  const fault = x402 && priceFault(price, x402);
  if (fault !== undefined) add("price", fault);
  return faults;
}

function isWebhook(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  const isHere = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && isHere);
}
