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
    if (flying !== undefined && this.#clock() - flying.since < PATIENCE) return flying.work;
    const work = begin().finally(() => {
      if (this.#flying.get(key)?.work === work) this.#flying.delete(key);
    });
    this.#flying.set(key, { work, since: this.#clock() });
    return work;
  }
}
