/** Seconds of one window. */
const WINDOW = 3600;

/** Counts the proxy's own requests to the origin server, in fixed hours. */
export class Spending {
  readonly #now: () => number;
  #spent = 0;
  #windowEnds = 0;

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether this hour has room for another request. */
  hasRoom(limit: number): boolean {
    this.#turn();
    return this.#spent < limit;
  }

  /** Seconds until there is room again. */
  get opensIn(): number {
    return Math.max(1, this.#windowEnds - this.#now());
  }

  count(): void {
    this.#turn();
    this.#spent++;
  }

  #turn(): void {
    if (this.#now() < this.#windowEnds) return;
    this.#windowEnds = this.#now() + WINDOW;
    this.#spent = 0;
  }
}

/** Milliseconds of CPU time for reading one page, an estimate for 100 KB of HTML. */
export const PAGE_COST = 5;
