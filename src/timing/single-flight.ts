import { within } from "./timeout.ts";

/** Milliseconds after which others no longer wait for a piece of work. */
const PATIENCE = 5000;

/**
 * Does a piece of work once for all who want it at a time. Work that takes long is begun anew for
 * whoever comes next: on Workers it ends with the request that it was begun for, without a word.
 */
export class SingleFlight<T> {
  readonly #flying = new Map<string, { readonly work: Promise<T>; readonly since: number }>();
  readonly #clock: () => number;

  /** @param clock milliseconds, from any start */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  do(key: string, begin: () => Promise<T>): Promise<T> {
    const flying = this.#flying.get(key);
    const spent = flying === undefined ? 0 : this.#clock() - flying.since;
    if (flying !== undefined && spent < PATIENCE) {
      return this.#join(key, flying.work, PATIENCE - spent, begin);
    }
    const work = begin().finally(() => {
      if (this.#flying.get(key)?.work === work) this.#flying.delete(key);
    });
    this.#flying.set(key, { work, since: this.#clock() });
    return work;
  }

  /** What another has begun; where that never ends, the first who has waited enough begins anew. */
  async #join(
    key: string,
    work: Promise<T>,
    patience: number,
    begin: () => Promise<T>,
  ): Promise<T> {
    const heard = work.then((value) => ({ value }));
    const done = await within(patience, heard, () => undefined);
    return done === undefined ? this.do(key, begin) : done.value;
  }
}
