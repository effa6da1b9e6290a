import { parseAmount, type Amount } from "../../../http/amount.ts";
import { secondsOf } from "../../../timing/duration.ts";
import type { AccessPolicy } from "../policy.ts";

/** The options of a charge in the units in which they are used. */
export interface ChargeTerms {
  readonly price: Amount;
  readonly free: { readonly requests: number; readonly period: number } | undefined;
  /** Seconds. */
  readonly window: number;
  /** Millionths by which a balance may be below zero. */
  readonly credit: number;
  readonly sparesUsers: boolean;
  readonly creditsAborted: boolean;
  readonly holdBytes: number;
  /** Milliseconds. */
  readonly patience: number;
}

const known = new WeakMap<AccessPolicy, ChargeTerms>();

/** The terms of a policy with the action "charge"; throws if it has no price. */
export function termsOf(policy: AccessPolicy): ChargeTerms {
  const before = known.get(policy);
  if (before !== undefined) return before;
  const price = parseAmount(policy.price ?? "");
  if (price === undefined) throw new TypeError("a charge without a price");
  const { free } = policy;
  const terms: ChargeTerms = {
    price,
    free: free && { requests: free.requests, period: secondsOf(free.per) },
    window: secondsOf(policy.window ?? "10m"),
    credit: parseAmount(policy.credit ?? "")?.micros ?? 0,
    sparesUsers: (policy.userTriggered ?? "free") === "free",
    creditsAborted: policy.creditAborted ?? false,
    holdBytes: policy.holdBytes ?? 2_097_152,
    patience: secondsOf(policy.settleWithin ?? "5s") * 1000,
  };
  known.set(policy, terms);
  return terms;
}
