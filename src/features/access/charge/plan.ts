import type { Agent } from "../../../agent/agent.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { ChargeRequest } from "../../../store/accounts.ts";
import type { AccessPolicy } from "../policy.ts";
import { accountOf, isListed, keyOf, urlOf } from "./account.ts";
import type { Payment } from "./settlement.ts";
import { termsOf } from "./terms.ts";

/** The charge to be made once the origin server's content has arrived. */
export interface ChargePlan {
  readonly policy: AccessPolicy;
  readonly rule: string;
  readonly request: ChargeRequest;
  /** Undefined for content that is free. */
  readonly payment: Payment | undefined;
}

/** Characters of a URL in the ledger, at most. */
const LONGEST = 2000;

/**
 * The request to the ledger for a response; undefined if the client has neither an account nor a
 * payment.
 *
 * @param now seconds since the epoch
 */
export async function planCharge(
  exchange: Exchange,
  policy: AccessPolicy,
  rule: string,
  payment: Payment | undefined,
  now: number,
): Promise<ChargePlan | undefined> {
  const { agent, method } = exchange;
  const own = accountOf(agent);
  const account = payment?.account ?? own;
  if (account === undefined) return undefined;
  const { free, window } = termsOf(policy);
  const url = urlOf(exchange);
  // A request with content of its own gets another response each time, so each one is charged.
  const isRead = method === "GET" || method === "HEAD";
  // The quota belongs to verified agents, not to wallets.
  const quota = account === own ? free : undefined;
  const request: ChargeRequest = {
    key: payment?.key ?? `free:${crypto.randomUUID()}`,
    account,
    at: now,
    content: await (isRead ? keyOf(url) : keyOf(method, url)),
    window: isRead ? window : 0,
    ...(quota === undefined ? {} : { free: freeOf(quota, exchange.host, rule, now) }),
    ...(payment === undefined ? {} : { pay: payOf(payment, policy, agent) }),
    url: url.slice(0, LONGEST),
    rule,
    via: viaOf(policy),
  };
  return { policy, rule, request, payment };
}

function payOf({ amount, debits }: Payment, policy: AccessPolicy, agent: Agent) {
  return {
    currency: amount.currency,
    amount: amount.micros,
    debits,
    credit: isListed(agent) ? termsOf(policy).credit : 0,
    isOpen: !debits,
  };
}

/** The free quota of a rule and site, in the period of now. */
function freeOf(
  { requests, period }: { readonly requests: number; readonly period: number },
  host: string,
  rule: string,
  now: number,
) {
  return { name: JSON.stringify([host, rule, Math.floor(now / period)]), requests, period };
}

function viaOf({ settle = "ledger", webhook }: AccessPolicy): string {
  return settle === "ledger" && webhook !== undefined ? "webhook" : settle;
}
