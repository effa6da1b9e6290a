/** How many directories nobody has listed may come to be fetched in a window. */
export interface NewOriginLimits {
  /** Seconds. */
  readonly window: number;
  readonly inAll: number;
  readonly perClient: number;
}

const MOST_CLIENTS = 4096;

/** Counts new origins in fixed windows, in all and per client; its memory is bounded. */
export class NewOrigins {
  readonly #limits: NewOriginLimits;
  readonly #perClient = new Map<string, number>();
  #inAll = 0;
  #windowEnds = 0;

  constructor(limits: NewOriginLimits) {
    this.#limits = limits;
  }

  /** Whether one more may be fetched for this client now; counts it if so. */
  admit(client: string, now: number): boolean {
    if (now >= this.#windowEnds) {
      this.#windowEnds = now + this.#limits.window;
      this.#inAll = 0;
      this.#perClient.clear();
    }
    const own = this.#perClient.get(client) ?? 0;
    if (this.#inAll >= this.#limits.inAll || own >= this.#limits.perClient) return false;
    if (own === 0 && this.#perClient.size >= MOST_CLIENTS) return false;
    this.#inAll++;
    this.#perClient.set(client, own + 1);
    return true;
  }
}
