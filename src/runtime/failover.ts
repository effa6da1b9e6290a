import type { AddressState } from "../admin/health.ts";
import { isRepeatable } from "../http/safe-method.ts";
import { OriginError, type OriginFault, type OriginResponse } from "../pipeline/exchange.ts";
import type { Failover } from "../rules/origins.ts";
import type { Log } from "../telemetry/log.ts";

/** One address of an origin server. */
export interface Address {
  /** Scheme, host and port. */
  readonly url: string;
}

/** The origin server whose addresses are tried. */
interface FailoverOptions {
  readonly name: string;
  readonly failover: Failover;
  /** Milliseconds for all attempts of one request together. */
  readonly patience: number;
  readonly log: Pick<Log, "warn" | "info">;
  /** Milliseconds since any fixed time. */
  readonly clock: () => number;
}

/** The facts of a request that decide if it goes to another address after a failure. */
interface Attempted {
  readonly method: string;
  /** Whether it has content, or asks for another protocol. */
  readonly isOnce: boolean;
  /** Whether the client has got a part of a response. */
  readonly isShown: () => boolean;
}

/** The state of an address; times by the clock. */
interface Condition<At extends Address> {
  readonly address: At;
  failures: number;
  ejections: number;
  /** The time until which it is not used. */
  until: number;
}

/** Failures by which an address may be known to be down; any other is of one response. */
const OF_ADDRESS: ReadonlySet<OriginFault> = new Set<OriginFault>([
  "dns",
  "refused",
  "unreachable",
  "tls",
  "timeout-connect",
  "timeout-head",
  "reset",
  "closed",
  "unknown",
]);

/**
 * The addresses of one origin server. One that fails several times in a row is not used for a time, which
 * doubles; if all are out, they are used all the same.
 */
export class Addresses<At extends Address> {
  readonly #options: FailoverOptions;
  readonly #conditions: readonly [Condition<At>, ...Condition<At>[]];

  constructor(addresses: readonly [At, ...At[]], options: FailoverOptions) {
    this.#options = options;
    this.#conditions = addresses.map((address) => ({
      address,
      failures: 0,
      ejections: 0,
      until: -Infinity,
    })) as [Condition<At>, ...Condition<At>[]];
  }

  /** All addresses, the first to try first: those in use in the order of the rules, then the others. */
  order(): readonly At[] {
    const now = this.#options.clock();
    const isOut = ({ until }: Condition<At>): boolean => until > now;
    const used = this.#conditions.filter((each) => !isOut(each));
    return [...used, ...this.#conditions.filter(isOut)].map(({ address }) => address);
  }

  describe(): readonly AddressState[] {
    const now = this.#options.clock();
    return this.#conditions.map(({ address, failures, until }) => ({
      address: address.url,
      failures,
      outFor: Math.max(0, until - now),
    }));
  }

  /**
   * Sends a request to one address after the other, until one responds; only a request that may be sent
   * twice goes to a second one, each address gets it once, and all have the origin server's time together.
   *
   * @param send gets the milliseconds that are left
   */
  ask(
    attempted: Attempted,
    send: (address: At, left: number) => Promise<OriginResponse>,
  ): Promise<OriginResponse> {
    const [only] = this.#conditions;
    return this.#conditions.length === 1
      ? send(only.address, this.#options.patience)
      : this.#askSeveral(attempted, send);
  }

  async #askSeveral(
    { method, isOnce, isShown }: Attempted,
    send: (address: At, left: number) => Promise<OriginResponse>,
  ): Promise<OriginResponse> {
    const { clock, patience, failover } = this.#options;
    const end = clock() + patience;
    const order = this.order();
    const isLast = (i: number): boolean =>
      !isRepeatable(method, isOnce) || i + 1 >= order.length || clock() >= end || isShown();
    for (let i = 0; ; i++) {
      const address = order[i] as At;
      let response: OriginResponse;
      try {
        response = await send(address, Math.max(1, end - clock()));
      } catch (error) {
        if (!(error instanceof OriginError) || !OF_ADDRESS.has(error.code)) throw error;
        this.failed(address, error.code);
        if (isLast(i)) throw error;
        continue;
      }
      if (!failover.statuses.includes(response.status)) {
        this.succeeded(address);
        return response;
      }
      this.failed(address, String(response.status));
      if (isLast(i)) return response;
      response.body?.release();
    }
  }

  /** Notes that an address has responded. */
  succeeded(address: At): void {
    const condition = this.#of(address);
    if (condition.ejections > 0) {
      this.#options.log.info("origin-address-up", {
        name: this.#options.name,
        origin: address.url,
      });
    }
    condition.failures = 0;
    condition.ejections = 0;
    condition.until = -Infinity;
  }

  /** Notes that an address has failed. */
  failed(address: At, code: string): void {
    const { clock, failover, log, name } = this.#options;
    const condition = this.#of(address);
    condition.failures++;
    const now = clock();
    // Requests that were under way at the ejection do not lengthen it.
    if (condition.until > now || condition.failures < failover.failures) return;
    const wait = Math.min(failover.longestWait, failover.wait * 2 ** condition.ejections);
    condition.ejections = Math.min(condition.ejections + 1, MOST_DOUBLINGS);
    condition.until = now + wait;
    log.warn("origin-address-out", { name, origin: address.url, code, seconds: wait / 1000 });
  }

  #of(address: At): Condition<At> {
    return this.#conditions.find((each) => each.address === address) ?? this.#conditions[0];
  }
}

/** Doublings of the time for which an address is not used. */
const MOST_DOUBLINGS = 20;
