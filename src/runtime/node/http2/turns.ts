/** Begins a stream; gives whether the client still wants it. */
type Begin = () => boolean;

/** Streams of one connection that begin in one turn of the event loop, at most. */
const MOST = 4;

/**
 * The streams of one connection begin in turns: a client that sends a hundred requests at once does not
 * delay the requests of others until all of its own have begun.
 */
export class Turns {
  #begun = 0;
  #isScheduled = false;
  readonly #waiting: Begin[] = [];

  /**
   * Begins a stream, after the earlier ones.
   *
   * @param isLater whether it waits until the frames that came with it are read
   */
  take(begin: Begin, isLater: boolean): void {
    if (isLater || this.#begun >= MOST || this.#waiting.length > 0) this.#waiting.push(begin);
    else this.#begin(begin);
    this.#schedule();
  }

  #begin(begin: Begin): void {
    if (begin()) this.#begun++;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#begun = 0;
      while (this.#begun < MOST) {
        const next = this.#waiting.shift();
        if (next === undefined) break;
        this.#begin(next);
      }
      if (this.#begun > 0) this.#schedule();
    });
  }
}
