import type { Exchange } from "./exchange.ts";

/**
 * A value that a part of the pipeline stores in the exchange itself. With a WeakMap entry for each
 * exchange, the garbage collector would visit all entries.
 */
export class ExchangeValue<T> {
  get({ values }: Exchange): T | undefined {
    return values.get(this) as T | undefined;
  }

  set({ values }: Exchange, value: T): void {
    values.set(this, value);
  }
}
