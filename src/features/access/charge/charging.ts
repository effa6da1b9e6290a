import { formatAmount } from "../../../http/amount.ts";
import { privateFields } from "../../../http/cache-control.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { ResponseEnd } from "../../../pipeline/record.ts";
import type { FinalOutcome, ResponseHead, ResponseOutcome } from "../../../pipeline/stage.ts";
import type { AccountStore, ChargeResult, ChargeSequel } from "../../../store/accounts.ts";
import { pause, within } from "../../../timing/timeout.ts";
import type { RefusedVerdict } from "../action.ts";
import type { AccessPolicy } from "../policy.ts";
import type { AccessReason } from "../reasons.ts";
import type { ChargePlan } from "./plan.ts";
import { refusedBy, type ChargeRefusal } from "./refusal.ts";
import type { Payment, PaymentFields } from "./settlement.ts";
import type { Settlements } from "./settlements.ts";
import { termsOf } from "./terms.ts";

interface ChargingParts {
  readonly accounts: () => AccountStore;
  readonly settlements: Settlements;
  /** Seconds since the epoch. */
  readonly now: () => number;
  refuse(
    exchange: Exchange,
    policy: AccessPolicy,
    rule: string,
    reason: AccessReason,
    refused: ChargeRefusal,
  ): Promise<RefusedVerdict>;
}

type Outcome = FinalOutcome<AccessReason>;
type Sequel = ChargeSequel["kind"];

/** Milliseconds that the origin server may take for the content that is received before a charge. */
const RECEIVING = 60_000;
/** Milliseconds between two attempts to add what became of a charge, and their number. */
const PAUSE = 2000;
const ATTEMPTS = 5;

/** Charges responses: receives the content, enters the charge, settles it, and follows its transfer. */
export class Charging {
  readonly #parts: ChargingParts;

  constructor(parts: ChargingParts) {
    this.#parts = parts;
  }

  /** The outcome for the answer to a request that was admitted by a plan, as the client is to get it. */
  onAnswer(
    { status, hasContent, fields }: ResponseHead,
    exchange: Exchange,
    plan: ChargePlan,
  ): ResponseOutcome<AccessReason> {
    const isEmpty =
      exchange.method === "HEAD" || !hasContent || fields.get("content-length") === "0";
    if (status < 200 || status > 299 || isEmpty) return NOT_CHARGED;
    // A request that is only described enters nothing.
    if (plan.policy.mode === "observe" || exchange.record === undefined) {
      return plan.payment === undefined ? FREE : chargedBy(plan.payment, []);
    }
    const { holdBytes, patience } = termsOf(plan.policy);
    const settlement = this.#settlementOf(plan.policy);
    let received = 0;
    return {
      kind: "scan",
      maxBytes: holdBytes,
      asItCame: true,
      patience: RECEIVING + 4 * patience + settlement.patience(plan.policy),
      see: (piece, at) => {
        received += piece.length;
        if (at === "open") return undefined;
        // The rest may never arrive.
        if (at === "limit" && settlement.giveBack === undefined) {
          return this.#refuse(exchange, plan, "too-large-to-settle", TOO_LARGE);
        }
        return received === 0 ? NOT_CHARGED : this.#charge(exchange, plan);
      },
    };
  }

  async #charge(exchange: Exchange, plan: ChargePlan): Promise<Outcome> {
    const result = await this.#enter(exchange, plan);
    if (result === "free" || result === "repeat") return FREE;
    const { payment } = plan;
    if ((result !== "charged" && result !== "open") || payment === undefined) {
      const refused = refusedBy(result, this.#settlementOf(plan.policy));
      return this.#refuse(exchange, plan, refused.reason, refused);
    }
    const settled = await this.#settle(exchange, plan, payment, result === "open");
    if ("kind" in settled) return settled;
    this.#followTransfer(exchange, plan, payment);
    return chargedBy(payment, settled.fields);
  }

  /**
   * Enters the charge in time. An entry that comes too late, or whose confirmation was lost, is voided,
   * since the client gets nothing.
   */
  async #enter(exchange: Exchange, { request, policy }: ChargePlan): Promise<ChargeResult> {
    // The time of the request is long ago if the content was slow, and a charge is pending for a minute.
    const entering = this.#parts.accounts().charge({ ...request, at: this.#parts.now() });
    const undo = async (): Promise<void> => {
      const late = await entering.catch(() => "charged" as const);
      if (late === "charged" || late === "free") await this.#followSurely("void", request);
    };
    try {
      return await within(termsOf(policy).patience, entering, () => {
        throw new Error("the ledger did not answer in time");
      });
    } catch (error) {
      exchange.background(undo().catch(() => {}));
      throw error;
    }
  }

  /**
   * Settles an entered charge; the outcome if that fails.
   *
   * @param isRepeated whether it was tried before, with a result that is not known
   */
  async #settle(
    exchange: Exchange,
    plan: ChargePlan,
    payment: Payment,
    isRepeated: boolean,
  ): Promise<{ readonly fields: PaymentFields } | Outcome> {
    const { policy, rule, request } = plan;
    const settlement = this.#settlementOf(policy);
    const demand = { price: payment.amount, policy, rule };
    const settled = await settlement.settle(exchange, demand, payment);
    if (settled.kind === "settled") {
      if (request.pay?.isOpen === true) {
        const { reference } = settled;
        exchange.background(this.#followSurely("settled", request, reference));
      }
      return { fields: settled.fields };
    }
    const { refusal } = settled;
    // If money can't be given back, a refusal of the second attempt does not undo the first one.
    const isKnown = settled.kind === "failed" && !(isRepeated && settlement.giveBack === undefined);
    if (isKnown) await this.#followSurely("void", request);
    if (refusal.isFailure === true && policy.onError === "allow") return FAILED_OPEN;
    return this.#refuse(exchange, plan, refusal.reason, refusal);
  }

  /** Adds to the ledger if the response broke off, or became another than the origin server's. */
  #followTransfer(exchange: Exchange, plan: ChargePlan, payment: Payment): void {
    const { policy, rule, request } = plan;
    exchange.record?.whenEnded(({ end, status }: ResponseEnd) => {
      const isContent = status !== undefined && status >= 200 && status <= 299;
      if (end === "sent" && isContent) return;
      const isOurs = end !== "client-gone" || (status !== undefined && !isContent);
      const work = async (): Promise<void> => {
        const settlement = this.#settlementOf(policy);
        const isLost = settlement.giveBack === undefined;
        if (isContent || end !== "sent" || isLost) await this.#followSurely("aborted", request);
        if (isLost || (!isOurs && !termsOf(policy).creditsAborted)) return;
        await this.#followSurely(isOurs ? "void" : "credit", request);
        const demand = { price: payment.amount, policy, rule };
        await settlement.giveBack?.(exchange, demand, payment);
      };
      exchange.background(work().catch(() => {}));
    });
  }

  #settlementOf({ settle = "ledger" }: AccessPolicy): Settlements["ledger"] {
    return this.#parts.settlements[settle];
  }

  async #refuse(
    exchange: Exchange,
    { policy, rule }: ChargePlan,
    reason: AccessReason,
    refused: ChargeRefusal,
  ): Promise<Outcome & { kind: "respond" }> {
    const { response } = await this.#parts.refuse(exchange, policy, rule, reason, refused);
    return { kind: "respond", reason, response };
  }

  #follow(kind: Sequel, { key, account }: ChargePlan["request"], reference?: string) {
    const sequel = { kind, charge: key, account, at: this.#parts.now(), reference };
    return this.#parts.accounts().follow(sequel);
  }

  /** Adds an entry, also if the ledger is away for some seconds. */
  async #followSurely(kind: Sequel, request: ChargePlan["request"], reference?: string) {
    for (let i = 1; ; i++) {
      try {
        await this.#follow(kind, request, reference);
        return;
      } catch (error) {
        if (i === ATTEMPTS) throw error;
        await pause(PAUSE);
      }
    }
  }
}

const NOT_CHARGED = { kind: "declined", reason: "not-charged" } as const;
const FREE = { kind: "declined", reason: "free-content" } as const;
const FAILED_OPEN = { kind: "declined", reason: "charge-failed-open" } as const;

const TOO_LARGE: ChargeRefusal = {
  status: 503,
  detail: "This content is too large to be sold. Nothing was charged.",
  fields: [],
};

/** The outcome for content that is paid for; the amount is in events. */
function chargedBy({ amount }: Payment, set: PaymentFields): FinalOutcome<AccessReason> {
  const detail = { charged: formatAmount(amount) };
  return { kind: "amend", reason: "charged", fields: { set }, detail };
}

/** The fields that keep content out of every cache, and so from being a dictionary. */
export function keepPrivate({ status, fields }: ResponseHead): FinalOutcome<AccessReason> {
  if ((status < 200 || status > 299) && status !== 304) {
    return { kind: "declined", reason: "for-one-agent" };
  }
  const [first, ...targeted] = privateFields(fields);
  const others = (first?.[1] ?? "").split(", ").filter((each) => !OURS.has(each));
  const value = [...OURS, ...others].join(", ");
  const set = [["cache-control", value] as const, ...targeted];
  return { kind: "amend", reason: "for-one-agent", fields: { set } };
}

const OURS: ReadonlySet<string> = new Set(["private", "no-store"]);
