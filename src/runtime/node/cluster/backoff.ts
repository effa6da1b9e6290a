/** Milliseconds for which a process must serve so that its end counts as the first one. */
const LONG = 60_000;
/** Milliseconds before the second attempt; doubled by each further one, and at most. */
const FIRST = 250;
const LONGEST = 30_000;

/** Decides how soon a process that has ended is replaced, so that a loop of crashes costs little. */
export class Backoff {
  #ends = 0;

  /**
   * Milliseconds until the replacement starts: 0 for the first end in a while.
   *
   * @param lived milliseconds that the process has served
   */
  next(lived: number): number {
    if (lived >= LONG) this.#ends = 0;
    this.#ends++;
    return this.#ends === 1 ? 0 : Math.min(LONGEST, FIRST * 2 ** (this.#ends - 2));
  }
}
