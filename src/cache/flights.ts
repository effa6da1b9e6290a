import { within } from "../timing/timeout.ts";

/** The longest wait for another request's response, in milliseconds. */
const PATIENCE = 5000;

/** Collapses requests: one goes to the origin server, the others wait for its response. */
export class Flights {
  readonly #flying = new Map<string, Promise<void>>();

  /** Waits for a request for the same key that is under way; false at once if there is none. */
  async join(key: string): Promise<boolean> {
    const flying = this.#flying.get(key);
    if (flying === undefined) return false;
    await within(PATIENCE, flying, () => {});
    return true;
  }

  /** Whether a request for the key is under way. */
  has(key: string): boolean {
    return this.#flying.has(key);
  }

  /** Begins a flight; the returned function ends it. */
  begin(key: string): () => void {
    const { promise: flight, resolve: land } = Promise.withResolvers<void>();
    this.#flying.set(key, flight);
    return () => {
      if (this.#flying.get(key) === flight) this.#flying.delete(key);
      land();
    };
  }
}
