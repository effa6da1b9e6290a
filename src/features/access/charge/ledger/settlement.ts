import { formatAmount } from "../../../../http/amount.ts";
import type { AccessPolicy } from "../../policy.ts";
import { accountOf, keyOf, urlOf } from "../account.ts";
import type { Exchange } from "../../../../pipeline/exchange.ts";
import type {
  LedgerObjection,
  Payment,
  PaymentRefusal,
  PaymentVerdict,
  PriceDemand,
  PriceOffer,
  Settled,
  Settlement,
} from "../settlement.ts";
import { pause } from "../../../../timing/timeout.ts";
import { termsOf } from "../terms.ts";
import { decidePrice, ledgerRefusal, priceField, type LedgerReason } from "./price-fields.ts";
import type { AskWebhook, WebhookEvent } from "./webhook.ts";

interface LedgerParts {
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly ask: AskWebhook;
}

type Demand = PriceDemand<AccessPolicy>;

const OBJECTIONS = {
  poor: "balance-exhausted",
  replayed: "payment-replayed",
  pending: "payment-pending",
} as const satisfies Record<LedgerObjection, LedgerReason>;

/** Payments from an agent's account with the operator, in the fields of pay per crawl. */
export class LedgerSettlement implements Settlement<AccessPolicy, LedgerReason> {
  readonly #now: () => number;
  readonly #ask: AskWebhook;

  constructor({ now, ask }: LedgerParts) {
    this.#now = now;
    this.#ask = ask;
  }

  offer({ agent }: Exchange, { price }: Demand): PriceOffer {
    // The code tells a signed crawler what its request lacks.
    const code = [["crawler-error", "MissingCrawlerPrice"] as const];
    return { fields: [...priceField(price), ...(agent.kind === "verified" ? code : [])] };
  }

  async verify(
    exchange: Exchange,
    { price, policy }: Demand,
  ): Promise<PaymentVerdict<LedgerReason>> {
    const { agent } = exchange;
    const decision = decidePrice(exchange, price, this.#now());
    if (decision.kind === "unpaid") return decision;
    const account = accountOf(agent);
    const proof = agent.kind === "verified" ? agent.proof : undefined;
    if (decision.kind === "refused" || account === undefined || proof === undefined) {
      const reason = decision.kind === "refused" ? decision.reason : "payment-unsigned";
      return { kind: "refused", refusal: ledgerRefusal(reason) };
    }
    const { keyid, nonce, signature } = proof;
    const once = nonce === undefined ? `s${base64(signature)}` : `n${nonce}`;
    const key = await keyOf(keyid, once, urlOf(exchange));
    const debits = policy.webhook === undefined;
    return { kind: "paid", payment: { account, key, amount: price, debits } };
  }

  async settle(
    exchange: Exchange,
    demand: Demand,
    payment: Payment,
  ): Promise<Settled<LedgerReason>> {
    const fields = [["crawler-charged", formatAmount(payment.amount)]] as const;
    const { webhook } = demand.policy;
    if (webhook === undefined) return { kind: "settled", fields };
    const { patience } = termsOf(demand.policy);
    const event = this.#eventOf("charge", exchange, demand, payment);
    const answer = await this.#ask(webhook, event, patience);
    if (answer === "accept") return { kind: "settled", fields };
    if (answer === "refuse") return { kind: "failed", refusal: ledgerRefusal("payment-refused") };
    // It may have accepted, but the client gets nothing.
    if (answer === "unknown") exchange.background(this.giveBack(exchange, demand, payment));
    return { kind: "failed", refusal: ledgerRefusal("charge-unavailable") };
  }

  objection(why: LedgerObjection): PaymentRefusal<LedgerReason> {
    return ledgerRefusal(OBJECTIONS[why]);
  }

  patience(policy: AccessPolicy): number {
    return termsOf(policy).patience;
  }

  /** Tells the webhook that a charge is given back, a few times until it accepts. */
  async giveBack(exchange: Exchange, demand: Demand, payment: Payment): Promise<void> {
    const { webhook } = demand.policy;
    if (webhook === undefined) return;
    const event = this.#eventOf("credit", exchange, demand, payment);
    for (const wait of PAUSES) {
      if ((await this.#ask(webhook, event, PATIENCE)) === "accept") return;
      await pause(wait);
    }
  }

  #eventOf(
    type: WebhookEvent["type"],
    exchange: Exchange,
    { rule }: Demand,
    { key, account, amount }: Payment,
  ): WebhookEvent {
    return { type, key, account, amount, url: urlOf(exchange), rule, at: this.#now() };
  }
}

/** Milliseconds that a webhook has for a credit, and after each attempt. */
const PATIENCE = 5000;
const PAUSES = [500, 3000, 0];

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
