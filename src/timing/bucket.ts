/** Milliseconds of CPU time at once, and for each second that passes. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Time that fills up while it is not used. */
export class Bucket {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  /** @param now seconds since the epoch */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  /** Milliseconds that are left; less than 0 while work that was longer than all is paid. */
  get level(): number {
    return this.#left;
  }

  fill(now: number): void {
    const { burst, perSecond } = this.#rate;
    // A clock that goes back fills nothing.
    this.#left = Math.min(burst, this.#left + Math.max(0, now - this.#at) * perSecond);
    this.#at = now;
  }

  /**
   * Whether work may take so many milliseconds; what is longer than all may once the bucket is full.
   *
   * @param reserve milliseconds that it has to leave
   */
  has(milliseconds: number, reserve = 0): boolean {
    return this.#left - reserve >= Math.min(milliseconds, this.#rate.burst - reserve);
  }

  take(milliseconds: number): void {
    this.#left -= milliseconds;
  }
}
