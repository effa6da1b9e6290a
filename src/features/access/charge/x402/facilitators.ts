import type { OutsideServices } from "../../../../feature/parts.ts";
import type { Exchange } from "../../../../pipeline/exchange.ts";
import type { Verification } from "./answers.ts";
import { Facilitator, type OfferedPayment } from "./facilitator.ts";
import type { PaymentOffer } from "./offer.ts";
import type { X402Options } from "./options.ts";

interface FacilitatorParts {
  /** Undefined if the runtime can't reach services: then no payment is accepted. */
  readonly services: OutsideServices | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: { warn(event: string, facts: Readonly<Record<string, unknown>>): void };
}

/** Payments that are being verified, at most: anyone can send a well-formed one. */
const MOST_VERIFYING = 100;
/** Milliseconds for `/supported`, and seconds until it is asked again, in vain and with success. */
const SUPPORT_PATIENCE = 5000;
const FAILED_FOR = 300;
const KNOWN_FOR = 86_400;

/** The facilitators that the rules of a site name. */
export class Facilitators {
  readonly #parts: FacilitatorParts;
  readonly #clients = new Map<string, Facilitator>();
  /** Seconds since the epoch, before which support is not asked again, by URL and network. */
  readonly #known = new Map<string, number>();
  /** Payments that a request of this process has shown, and that are not decided yet. */
  readonly #shown = new Set<string>();
  #verifying = 0;

  constructor(parts: FacilitatorParts) {
    this.#parts = parts;
  }

  /** The client of a facilitator; the rules bound their number. */
  of({ facilitator: url, authorization: name }: X402Options): Facilitator {
    const key = JSON.stringify([url, name]);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const { services, log } = this.#parts;
    const authorization = name === undefined ? undefined : services?.secret(name);
    if (name !== undefined && authorization === undefined) log.warn("x402", { unset: name });
    const client = new Facilitator({ url, authorization, fetch: services?.fetch ?? UNREACHABLE });
    this.#clients.set(key, client);
    return client;
  }

  /**
   * Reserves a payment for one request until its end; false if another request has it. One transfer
   * could otherwise be shown by thousands of requests, whose content is all held.
   */
  reserve(payment: string, { record }: Pick<Exchange, "record">): boolean {
    if (this.#shown.has(payment)) return false;
    if (record === undefined) return true;
    this.#shown.add(payment);
    record.whenEnded(() => void this.#shown.delete(payment));
    return true;
  }

  /** Verifies a payment, unless too many are being verified. Never rejects. */
  async verify(
    options: X402Options,
    offered: OfferedPayment,
    patience: number,
  ): Promise<Verification | { readonly kind: "busy" }> {
    if (this.#verifying >= MOST_VERIFYING) return { kind: "busy" };
    this.#verifying += 1;
    try {
      return await this.of(options).verify(offered, patience);
    } finally {
      this.#verifying -= 1;
    }
  }

  /** Tells the operator, once a day, if the facilitator can't settle an offer. Never rejects. */
  async checkSupport(options: X402Options, offer: PaymentOffer): Promise<void> {
    const { now } = this.#parts;
    const key = JSON.stringify([options.facilitator, offer.network]);
    if ((this.#known.get(key) ?? 0) > now()) return;
    this.#known.set(key, now() + FAILED_FOR);
    const isSupported = await this.of(options).supports(offer, SUPPORT_PATIENCE);
    if (isSupported !== undefined) this.#known.set(key, now() + KNOWN_FOR);
    if (isSupported === true) return;
    const fault = isSupported === false ? "unsupported" : "no-answer";
    this.report(options, { call: "supported", fault, network: offer.network });
  }

  /** Tells the operator what is wrong with a facilitator; its URL may have a secret in the path. */
  report({ facilitator }: X402Options, facts: Readonly<Record<string, string>>): void {
    this.#parts.log.warn("x402", { facilitator: new URL(facilitator).host, ...facts });
  }
}

const UNREACHABLE: OutsideServices["fetch"] = () => Promise.reject(new Error("no services here"));
