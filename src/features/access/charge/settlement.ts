import type { Amount } from "../../../http/amount.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { Awaitable } from "../../../pipeline/stage.ts";

/** Field lines of a response. */
export type PaymentFields = readonly (readonly [name: string, value: string])[];

/** The price of one response under a rule. */
export interface PriceDemand<Policy> {
  readonly price: Amount;
  /** The rule's options. */
  readonly policy: Policy;
  /** The rule's name. */
  readonly rule: string;
}

/** The part of a 402 that tells a client how it can pay; it has no text of the request. */
export interface PriceOffer {
  readonly fields: PaymentFields;
  /** Further members of the problem document in JSON. @default none */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** A payment that a request contains, verified, and not settled yet. */
export interface Payment {
  /** The account in the ledger: a verified agent, or an address that has proved itself. Never a claim. */
  readonly account: string;
  /**
   * Identifies the payment for this URL: equal for each copy of the same request, and different for
   * any other payment. The ledger has at most one charge of a key.
   */
  readonly key: string;
  readonly amount: Amount;
  /** Whether our ledger takes the amount from the account's balance; if not, others move the money. */
  readonly debits: boolean;
}

/** The reason why a payment is not accepted, and the response to it. */
export interface PaymentRefusal<Reason extends string> {
  readonly reason: Reason;
  /** After a 503 a client may try again. */
  readonly status: 400 | 402 | 403 | 503;
  /** Whether the proxy or a service has failed, so that `onError` decides. @default false */
  readonly isFailure?: boolean;
  /** One sentence for the client, without text of the request. */
  readonly detail: string;
  /** Fields besides the offer's, e.g. an error code. */
  readonly fields: PaymentFields;
}

/** The result for the payment of a request. */
export type PaymentVerdict<Reason extends string, Paid extends Payment = Payment> =
  /** The request contains no payment: 402 with the offer. */
  | { readonly kind: "unpaid" }
  | { readonly kind: "paid"; readonly payment: Paid }
  | { readonly kind: "refused"; readonly refusal: PaymentRefusal<Reason> };

/** The result of settling a payment. */
export type Settled<Reason extends string> =
  /** The response gets the fields; `reference` names the transaction in the ledger. */
  | { readonly kind: "settled"; readonly fields: PaymentFields; readonly reference?: string }
  /** Certainly no money has moved: the charge is voided, and the client gets the refusal. */
  | { readonly kind: "failed"; readonly refusal: PaymentRefusal<Reason> }
  /**
   * Money may have moved, e.g. after a timeout: the charge stays open, and the client gets the refusal
   * unless `onError` allows the request. If it sends the same payment for the same content again, that
   * is settled again, which must not move money twice.
   */
  | { readonly kind: "unknown"; readonly refusal: PaymentRefusal<Reason> };

/** The ledger's objection to a verified payment. */
export type LedgerObjection = "poor" | "replayed" | "pending";

/**
 * One way to be paid. Its caller keeps the ledger: it enters the charge, exactly once for each key,
 * before `settle`, and decides what is free (quota, window, exemptions). A rejection of any method is
 * a failure of the proxy, for which `onError` decides.
 */
export interface Settlement<Policy, Reason extends string, Paid extends Payment = Payment> {
  /** Returns the offer of a 402. Must not fail; called for each unpaid request, and in observe mode. */
  offer(exchange: Exchange, demand: PriceDemand<Policy>): Awaitable<PriceOffer>;
  /**
   * Checks the payment of a request, before the origin server is asked; moves no money. Called for HEAD,
   * too, which is never settled. In observe mode the caller passes `isObserved`: then it sends no
   * requests of its own.
   */
  verify(
    exchange: Exchange,
    demand: PriceDemand<Policy>,
    isObserved: boolean,
  ): Awaitable<PaymentVerdict<Reason, Paid>>;
  /**
   * Settles a verified payment once the origin server's content (2xx) has been received. Ends within its
   * own time limit, by `unknown` if need be.
   */
  settle(
    exchange: Exchange,
    demand: PriceDemand<Policy>,
    payment: Paid,
  ): Awaitable<Settled<Reason>>;
  /** Returns the refusal of a payment to which the ledger objects. */
  objection(why: LedgerObjection): PaymentRefusal<Reason>;
  /** Milliseconds that `settle` takes, at most. */
  patience(policy: Policy): number;
  /**
   * Tells another service that a settled charge is given back; our own ledger has done that. Called in
   * the background. @default money can't be given back, so nothing is settled before all content is here
   */
  giveBack?(exchange: Exchange, demand: PriceDemand<Policy>, payment: Paid): Promise<void>;
}
