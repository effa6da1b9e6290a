import { isUserTriggered } from "../../../agent/bots.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import { ExchangeValue } from "../../../pipeline/exchange-value.ts";
import type { Awaitable, ResponseHead, ResponseOutcome } from "../../../pipeline/stage.ts";
import type { AccountStore, ChargeResult } from "../../../store/accounts.ts";
import { within } from "../../../timing/timeout.ts";
import type { ActionStage, RefusedVerdict, Verdict } from "../action.ts";
import type { AccessPolicy } from "../policy.ts";
import type { AccessReason } from "../reasons.ts";
import { Charging, keepPrivate } from "./charging.ts";
import { ledgerRefusal, priceField } from "./ledger/price-fields.ts";
import { planCharge, type ChargePlan } from "./plan.ts";
import { refusal, refusedBy, UNPAID, type ChargeRefusal } from "./refusal.ts";
import { settlementsOf, type ChargeParts, type Settlements } from "./settlements.ts";
import { termsOf } from "./terms.ts";
import { PAYMENT_SIGNATURE } from "./x402/payment.ts";

/** Asks for a payment, and charges it once the origin server's content has arrived. */
export class ChargeAction implements ActionStage {
  readonly #parts: ChargeParts;
  readonly #settlements: Settlements;
  readonly #charging: Charging;
  readonly #plans = new ExchangeValue<ChargePlan>();

  constructor(parts: ChargeParts) {
    this.#parts = parts;
    this.#settlements = settlementsOf(parts);
    this.#charging = new Charging({
      accounts: () => this.#accounts(),
      settlements: this.#settlements,
      now: parts.now,
      refuse: (...refused) => this.#refuse(...refused),
    });
  }

  admits({ agent }: Exchange, policy: AccessPolicy): AccessReason | undefined {
    const isFree =
      termsOf(policy).sparesUsers &&
      agent.kind === "verified" &&
      agent.bot !== undefined &&
      isUserTriggered(agent.bot);
    return isFree ? "user-triggered" : undefined;
  }

  onRequest(exchange: Exchange, policy: AccessPolicy, rule: string): Awaitable<Verdict> {
    const { requested } = exchange;
    if (requested === undefined) return this.#decide(exchange, policy, rule);
    // The client's own address has paid the same price, or none that counts here.
    return this.#plans.get(requested)?.policy === policy
      ? { kind: "admit", reason: "will-charge" }
      : this.#refuse(exchange, policy, rule, "other-price", UNPAID);
  }

  onResponse(head: ResponseHead, exchange: Exchange): ResponseOutcome<AccessReason> {
    const plan = this.#plans.get(exchange);
    return plan === undefined ? SAME : keepPrivate(head);
  }

  onAnswer(head: ResponseHead, exchange: Exchange): ResponseOutcome<AccessReason> {
    const plan = this.#plans.get(exchange);
    return plan === undefined ? SAME : this.#charging.onAnswer(head, exchange, plan);
  }

  refusesPage(exchange: Exchange, policy: AccessPolicy): RefusedVerdict {
    return chargeRefused(exchange, policy, "payment-required", UNPAID);
  }

  async #decide(exchange: Exchange, policy: AccessPolicy, rule: string): Promise<Verdict> {
    const demand = { price: termsOf(policy).price, policy, rule };
    // A request that is only described, or only observed, asks nobody.
    const isDry = policy.mode === "observe" || exchange.record === undefined;
    const settlement = this.#settlements[policy.settle ?? "ledger"];
    const verdict = await settlement.verify(exchange, demand, isDry);
    if (verdict.kind === "refused") {
      const { refusal: refused } = verdict;
      return refused.isFailure === true && policy.onError === "allow"
        ? { kind: "admit", reason: "charge-failed-open", bypassesCache: true, drop: dropOf(policy) }
        : this.#refuse(exchange, policy, rule, refused.reason, refused);
    }
    // The frames of a WebSocket are no content that could be charged.
    if (WEBSOCKET.test(exchange.field("upgrade") ?? "")) {
      return this.#refuse(exchange, policy, rule, "websocket-unpaid", NO_WEBSOCKET);
    }
    const payment = verdict.kind === "paid" ? verdict.payment : undefined;
    const plan = await planCharge(exchange, policy, rule, payment, this.#parts.now());
    if (plan === undefined) {
      return this.#refuse(exchange, policy, rule, "payment-required", UNPAID);
    }
    const result = await this.#foresee(exchange, plan);
    const reason = ADMITTED[result];
    if (reason === undefined) {
      const refused = refusedBy(result, settlement);
      return this.#refuse(exchange, policy, rule, refused.reason, refused);
    }
    this.#plans.set(exchange, plan);
    return {
      kind: "admit",
      reason,
      seesResponse: true,
      bypassesCache: true,
      drop: dropOf(policy),
    };
  }

  /** The result that the charge would have at this moment. */
  #foresee({ record }: Exchange, { request, policy }: ChargePlan): Awaitable<ChargeResult> {
    // The ledger is not read for a request that is only described.
    if (record === undefined) {
      const paid = request.pay === undefined ? "unpaid" : "charged";
      return request.free === undefined ? paid : "free";
    }
    return within(termsOf(policy).patience, this.#accounts().peek(request), tooLate);
  }

  #accounts(): AccountStore {
    const { accounts } = this.#parts;
    if (accounts === undefined) throw new Error("this proxy has no ledger for charges");
    return accounts;
  }

  async #refuse(
    exchange: Exchange,
    policy: AccessPolicy,
    rule: string,
    reason: AccessReason,
    refused: ChargeRefusal,
  ): Promise<RefusedVerdict> {
    const demand = { price: termsOf(policy).price, policy, rule };
    const offer = await this.#settlements[policy.settle ?? "ledger"].offer(exchange, demand);
    const response = refusal(refused, offer, policy, exchange.field("accept"));
    return { kind: "refuse", reason, response };
  }
}

/** The refusal if a charge could not be decided, and `onError` denies. */
export function chargeFailed(exchange: Exchange, policy: AccessPolicy): RefusedVerdict {
  return chargeRefused(exchange, policy, "charge-unavailable", ledgerRefusal("charge-unavailable"));
}

/** A refusal without the offer of a settlement, which may be what failed. */
function chargeRefused(
  exchange: Exchange,
  policy: AccessPolicy,
  reason: AccessReason,
  refused: ChargeRefusal,
): RefusedVerdict {
  const offer = { fields: policy.settle === "x402" ? [] : priceField(termsOf(policy).price) };
  const response = refusal(refused, offer, policy, exchange.field("accept"));
  return { kind: "refuse", reason, response };
}

/** A signed transfer is for us alone; a price field stays, since the agent's signature covers it. */
function dropOf({ settle }: AccessPolicy): readonly string[] {
  return settle === "x402" ? [PAYMENT_SIGNATURE] : [];
}

const WEBSOCKET = /websocket/i;
const NO_WEBSOCKET: ChargeRefusal = {
  status: 400,
  detail: "A WebSocket can't be paid for: send the request without Upgrade.",
  fields: [],
};

const SAME = { kind: "declined", reason: "same-for-all" } as const;

/** The reasons to admit a request whose charge would succeed; it is entered with the response. */
const ADMITTED: Readonly<Partial<Record<ChargeResult, AccessReason>>> = {
  charged: "will-charge",
  open: "will-charge",
  free: "free-quota",
  repeat: "paid-before",
};

function tooLate(): never {
  throw new Error("the ledger did not answer in time");
}
