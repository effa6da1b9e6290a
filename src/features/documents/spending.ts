/** Seconds of one window. */
const WINDOW = 3600;

/** Counts what we ask the origin for on our own account, in fixed hours, and keeps one crawl at a time. */
export class Spending {
  readonly #now: () => number;
  #spent = 0;
  #windowEnds = 0;
  #crawlingUntil = 0;

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether this hour has room for one more, of `limit`. */
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

  /** Takes the one crawl that a process has at a time; false if another has it. */
  beginCrawl(milliseconds: number): boolean {
    // A crawl that was cut off, as on Workers, blocks no other for longer than it may take.
    if (Date.now() < this.#crawlingUntil) return false;
    this.#crawlingUntil = Date.now() + Math.min(milliseconds, 3_600_000);
    return true;
  }

  endCrawl(): void {
    this.#crawlingUntil = 0;
  }

  #turn(): void {
    if (this.#now() < this.#windowEnds) return;
    this.#windowEnds = this.#now() + WINDOW;
    this.#spent = 0;
  }
}
