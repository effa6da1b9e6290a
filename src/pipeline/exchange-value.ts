import type { Exchange } from "./exchange.ts";

/**
 * What one part of the pipeline remembers of an exchange, and forgets with it. Kept by the exchange
 * itself: a WeakMap with an entry for each would have the collector look through all of them.
 */
export class ExchangeValue<T> {
  get({ values }: Exchange): T | undefined {
    return values.get(this) as T | undefined;
  }

  set({ values }: Exchange, value: T): void {
    values.set(this, value);
  }
}
