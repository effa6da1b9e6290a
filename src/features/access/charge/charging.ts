import { privateFields } from "../../../http/cache-control.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { ResponseEnd } from "../../../pipeline/record.ts";
import type { FinalOutcome, ResponseHead, ResponseOutcome } from "../../../pipeline/stage.ts";
import type { AccountStore, ChargeResult, ChargeSequel } from "../../../store/accounts.ts";
import { pause, within } from "../../../timing/timeout.ts";
import type { RefusedVerdict } from "../action.ts";
import type { AccessPolicy } from "../policy.ts";
import type { AccessReason } from "../reasons.ts";
import { ledgerRefusal } from "./ledger/price-fields.ts";
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
    if (plan.policy.mode === "observe") {
      return plan.payment === undefined ? FREE : { kind: "amend", reason: "charged", fields: {} };
    }
    const { holdBytes, patience } = termsOf(plan.policy);
    let received = 0;
    return {
      kind: "scan",
      maxBytes: holdBytes,
      asItCame: true,
      patience: RECEIVING + 4 * patience,
      see: (piece, at) => {
        received += piece.length;
        if (at === "open") return undefined;
        return received === 0 ? NOT_CHARGED : this.#charge(exchange, plan);
      },
    };
  }

  async #charge(exchange: Exchange, plan: ChargePlan): Promise<Outcome> {
    const result = await this.#enter(exchange, plan);
    if (result === "free" || result === "repeat") return FREE;
    const { payment } = plan;
    if ((result !== "charged" && result !== "open") || payment === undefined) {
      const refused = refusedBy(result);
      return this.#refuse(exchange, plan, refused.reason, refused);
    }
    const settled = await this.#settle(exchange, plan, payment);
    if ("response" in settled) return settled;
    this.#followTransfer(exchange, plan, payment);
    return { kind: "amend", reason: "charged", fields: { set: settled.fields } };
  }

  /** Enters the charge in time; an entry that comes too late is voided, since the client gets nothing. */
  async #enter(exchange: Exchange, { request, policy }: ChargePlan): Promise<ChargeResult> {
    const entering = this.#parts.accounts().charge(request);
    return within(termsOf(policy).patience, entering, () => {
      const undone = entering.then((late) =>
        late === "charged" || late === "free" ? this.#follow("void", request) : undefined,
      );
      exchange.background(undone.catch(() => {}));
      throw new Error("the ledger did not answer in time");
    });
  }

  /** Settles an entered charge; the refusal if that fails. */
  async #settle(
    exchange: Exchange,
    plan: ChargePlan,
    payment: Payment,
  ): Promise<{ readonly fields: PaymentFields } | (Outcome & { kind: "respond" })> {
    const { policy, rule, request } = plan;
    const settlement = this.#parts.settlements[policy.settle ?? "ledger"];
    const demand = { price: payment.amount, policy, rule };
    const settled = await settlement.settle(exchange, demand, payment);
    if (settled.kind === "settled") {
      if (request.pay?.isOpen === true) {
        const { reference } = settled;
        exchange.background(this.#followSurely("settled", request, reference));
      }
      return settled;
    }
    if (settled.kind === "unknown") {
      const refused = ledgerRefusal("charge-unavailable");
      return this.#refuse(exchange, plan, refused.reason, refused);
    }
    await this.#followSurely("void", request);
    return this.#refuse(exchange, plan, settled.refusal.reason, settled.refusal);
  }

  /** Adds to the ledger if the response broke off, or became another than the origin server's. */
  #followTransfer(exchange: Exchange, plan: ChargePlan, payment: Payment): void {
    const { policy, rule, request } = plan;
    exchange.record?.whenEnded(({ end, status }: ResponseEnd) => {
      const isContent = status !== undefined && status >= 200 && status <= 299;
      if (end === "sent" && isContent) return;
      const isOurs = end !== "client-gone" || (status !== undefined && !isContent);
      const work = async (): Promise<void> => {
        if (isContent || end !== "sent") await this.#followSurely("aborted", request);
        if (!isOurs && !termsOf(policy).creditsAborted) return;
        await this.#followSurely(isOurs ? "void" : "credit", request);
        const settlement = this.#parts.settlements[policy.settle ?? "ledger"];
        const demand = { price: payment.amount, policy, rule };
        await settlement.giveBack?.(exchange, demand, payment);
      };
      exchange.background(work().catch(() => {}));
    });
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
