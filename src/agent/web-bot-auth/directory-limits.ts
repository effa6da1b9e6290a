/** Seconds of a window. */
const WINDOW = 60;
/** Unlisted directories that may be fetched for the first time in a window, and for one network. */
const IN_ALL = 60;
const PER_CLIENT = 5;
const MOST_CLIENTS = 4096;

/**
 * Counts new origins in fixed windows, in all and per network, in bounded memory. Half of the total
 * is reserved for the first origin of each network, so that a few networks can't use up the limit.
 */
export class NewOrigins {
  readonly #perClient = new Map<string, number>();
  #inAll = 0;
  /** Origins that were not the first of their network. */
  #further = 0;
  #windowEnds = 0;

  /** Whether this network may fetch one more origin now; counts it if so. */
  admit(network: string, now: number): boolean {
    if (now >= this.#windowEnds) {
      this.#windowEnds = now + WINDOW;
      this.#inAll = 0;
      this.#further = 0;
      this.#perClient.clear();
    }
    const own = this.#perClient.get(network) ?? 0;
    if (this.#inAll >= IN_ALL || own >= PER_CLIENT) return false;
    if (own > 0 && this.#further >= IN_ALL / 2) return false;
    if (own === 0 && this.#perClient.size >= MOST_CLIENTS) return false;
    this.#inAll++;
    if (own > 0) this.#further++;
    this.#perClient.set(network, own + 1);
    return true;
  }
}
