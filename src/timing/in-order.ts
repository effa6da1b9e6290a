import { within } from "./timeout.ts";

/** Milliseconds that an operation waits for the one before it, which on Workers may never end. */
const LONGEST_TURN = 5000;

/** Runs the operations on each key one after the other. */
export class InOrder {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(key: string, act: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const done =
      before === undefined ? act() : within(LONGEST_TURN, before, () => {}).then(act, act);
    this.#last.set(key, done);
    const leave = (): void => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    };
    done.then(leave, leave);
    return done;
  }
}
