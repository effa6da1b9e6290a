import { networkOf } from "../../agent/network.ts";
import { Bucket, bucketsOf } from "../../timing/bucket.ts";

/** Wrong tokens of one network: at once, and per second. */
const OF_NETWORK = { burst: 5, perSecond: 1 / 30 };
/** Of all networks of a process, so that nobody gains by many addresses. */
const OF_ALL = { burst: 100, perSecond: 1 };

/** Limits how often a wrong token may be sent to the login form; it remembers 4096 networks at most. */
export class LoginAttempts {
  readonly #now: () => number;
  readonly #networks: (network: string) => Bucket;
  readonly #all: Bucket;
  readonly #onFailed: (client: string | undefined) => unknown;

  /**
   * @param now seconds since the epoch
   * @param onFailed called with the client of each wrong token; `failed` waits for it @default nothing
   */
  constructor(now: () => number, onFailed: (client: string | undefined) => unknown = () => {}) {
    this.#now = now;
    this.#onFailed = onFailed;
    this.#networks = bucketsOf(OF_NETWORK, now);
    this.#all = new Bucket(OF_ALL, now());
  }

  /** Seconds to wait before the next attempt; undefined if the client may try now. */
  wait(client: string | undefined): number | undefined {
    this.#all.fill(this.#now());
    const network = this.#of(client);
    if (!network.has(1)) return Math.ceil((1 - network.level) / OF_NETWORK.perSecond);
    return this.#all.has(1) ? undefined : Math.ceil((1 - this.#all.level) / OF_ALL.perSecond);
  }

  async failed(client: string | undefined): Promise<void> {
    this.count(client);
    await this.#onFailed(client);
  }

  /** Counts a wrong token, perhaps one that another process got. */
  count(client: string | undefined): void {
    this.#of(client).take(1);
    this.#all.take(1);
  }

  #of(client: string | undefined): Bucket {
    return this.#networks(client === undefined ? "unknown" : networkOf(client));
  }
}
