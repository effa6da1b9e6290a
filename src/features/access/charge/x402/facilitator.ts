import type { OutsideServices } from "../../../../feature/parts.ts";
import { readBounded } from "../../../../http/gather.ts";
import { parseJson } from "../../../../http/json.ts";
import { within } from "../../../../timing/timeout.ts";
import {
  readSettling,
  readSupport,
  readVerification,
  type FacilitatorResponse,
  type Settling,
  type Verification,
} from "./answers.ts";
import type { PaymentOffer } from "./offer.ts";
import type { ShownPayment } from "./payment.ts";

export interface FacilitatorOptions {
  /** The URL to which `/verify`, `/settle` and `/supported` are added; an operator's, never a client's. */
  readonly url: string;
  readonly fetch: OutsideServices["fetch"];
  /** Secret: the value of Authorization. @default the field is not sent */
  readonly authorization?: string | undefined;
}

/** A payment with the offer that it accepts. */
export interface OfferedPayment {
  readonly payment: ShownPayment;
  readonly offer: PaymentOffer;
  /** The URL of the content, on the public origin. */
  readonly url: string;
}

const MOST_BYTES = 64 * 1024;
/** Milliseconds from which a second attempt to settle makes sense. */
const LEAST_RETRY = 500;

/** The service that checks payments and brings them to the network (x402 v2 §7). Never rejects. */
export class Facilitator {
  readonly #options: FacilitatorOptions;

  constructor(options: FacilitatorOptions) {
    this.#options = { ...options, url: options.url.replace(/\/+$/, "") };
  }

  /** @param patience milliseconds */
  async verify(offered: OfferedPayment, patience: number): Promise<Verification> {
    const answer = await this.#ask("/verify", patience, bodyOf(offered));
    return typeof answer === "string"
      ? { kind: "unavailable", why: answer }
      : readVerification(answer, offered.payment.authorization);
  }

  /**
   * Settles a payment. If the result is not known, it asks once more within the same time: the nonce
   * of the authorization lets the token's contract make the transfer once only (EIP-3009).
   *
   * @param patience milliseconds for both
   */
  async settle(offered: OfferedPayment, patience: number): Promise<Settling> {
    const end = performance.now() + patience;
    // A facilitator that does not answer in two thirds of the time may answer the second request.
    const first = await this.#settleOnce(offered, Math.ceil((patience * 2) / 3));
    const rest = end - performance.now();
    if (first.kind !== "unknown" || rest < LEAST_RETRY) return first;
    const second = await this.#settleOnce(offered, rest);
    if (second.kind === "settled") return second;
    // The first request may be the reason why the second one is refused.
    return first;
  }

  /** Whether the facilitator says that it can settle this offer; undefined if it says nothing. */
  async supports(offer: PaymentOffer, patience: number): Promise<boolean | undefined> {
    const answer = await this.#ask("/supported", patience);
    return typeof answer === "string" ? undefined : readSupport(answer, offer);
  }

  async #settleOnce(offered: OfferedPayment, patience: number): Promise<Settling> {
    const answer = await this.#ask("/settle", patience, bodyOf(offered));
    return typeof answer === "string"
      ? { kind: "unknown", why: answer }
      : readSettling(answer, offered.offer, offered.payment.authorization);
  }

  /** @returns why there is no answer, if there is none; without the URL, which may be internal */
  async #ask(
    path: string,
    patience: number,
    body?: string,
  ): Promise<FacilitatorResponse | "timeout" | "no-connection" | "too-large"> {
    const abort = new AbortController();
    try {
      return await within(patience, this.#send(path, abort.signal, body), () => {
        abort.abort();
        return "timeout" as const;
      });
    } catch {
      return abort.signal.aborted ? "timeout" : "no-connection";
    }
  }

  async #send(
    path: string,
    signal: AbortSignal,
    body: string | undefined,
  ): Promise<FacilitatorResponse | "too-large"> {
    const { fetch, url, authorization } = this.#options;
    const { status, body: content } = await fetch(url + path, {
      method: body === undefined ? "GET" : "POST",
      // A redirect would take payment and secret to another host.
      redirect: "manual",
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body }),
      signal,
    });
    const octets = content === null ? new Uint8Array() : await readBounded(content, MOST_BYTES);
    if (octets === undefined) return "too-large";
    return { status, document: parseJson(new TextDecoder().decode(octets)) };
  }
}

/** The request to verify or to settle: our offer, and of the client's payment only what it signed. */
function bodyOf({ payment: { signature, authorization }, offer, url }: OfferedPayment): string {
  return JSON.stringify({
    x402Version: 2,
    paymentPayload: {
      x402Version: 2,
      resource: { url },
      accepted: offer,
      payload: { signature, authorization },
    },
    paymentRequirements: offer,
  });
}
