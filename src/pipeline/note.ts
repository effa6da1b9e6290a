import type { Exchange } from "./exchange.ts";

/**
 * What one part of the pipeline remembers of an exchange, and forgets with it. Kept by the exchange
 * itself: a WeakMap with an entry for each would have the collector look through all of them.
 */
export class Note<T> {
  get({ notes }: Exchange): T | undefined {
    return notes.get(this) as T | undefined;
  }

  set({ notes }: Exchange, value: T): void {
    notes.set(this, value);
  }
}
