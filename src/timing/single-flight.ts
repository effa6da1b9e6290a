import { within } from "./timeout.ts";

/** Milliseconds that callers wait for work that another caller has begun. */
const JOIN_TIMEOUT = 5000;

/**
 * Shares a piece of work among concurrent callers. If it takes long, the next caller begins it
 * again: on Workers it may have ended silently with the request that began it.
 */
export class SingleFlight<T> {
  readonly #flying = new Map<string, { readonly work: Promise<T>; readonly since: number }>();

  do(key: string, begin: () => Promise<T>): Promise<T> {
    const flying = this.#flying.get(key);
    const spent = flying === undefined ? 0 : performance.now() - flying.since;
    if (flying !== undefined && spent < JOIN_TIMEOUT) {
      return this.#join(key, flying.work, JOIN_TIMEOUT - spent, begin);
    }
    const work = begin().finally(() => {
      if (this.#flying.get(key)?.work === work) this.#flying.delete(key);
    });
    this.#flying.set(key, { work, since: performance.now() });
    return work;
  }

  /** Waits for work that another caller has begun; after the limit, begins it again. */
  async #join(key: string, work: Promise<T>, timeout: number, begin: () => Promise<T>): Promise<T> {
    const shared = work.then((value) => ({ value }));
    const done = await within(timeout, shared, () => undefined);
    return done === undefined ? this.do(key, begin) : done.value;
  }
}
