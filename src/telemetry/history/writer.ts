import type { HistoryBatch, HistoryStore, Retention } from "../../store/history.ts";
import { within } from "../../timing/timeout.ts";

interface HistoryWriterOptions {
  readonly store: HistoryStore;
  /** Returns the counts since the last call; undefined if there was nothing. */
  readonly drain: () => HistoryBatch | undefined;
  /** Undefined while nothing expires. */
  readonly retention: () => Retention | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Called with the number of requests that the history lacks. */
  readonly onDropped: (requests: number) => void;
}

/** Milliseconds between two writes: a request is stored at most two seconds after its end. */
const INTERVAL = 1000;
/** Milliseconds between two removals of counts that are older than the retention. */
const EXPIRY_INTERVAL = 60_000;
/** Rows that wait for a store that is away, at most; beyond them, the oldest are dropped. */
const MOST_WAITING = 20_000;
/** Milliseconds for the last write. */
const CLOSE_TIMEOUT = 3000;

/** Writes counts to the history at intervals. Never blocks or throws; a store that fails costs counts. */
export class HistoryWriter {
  readonly #options: HistoryWriterOptions;
  readonly #waiting: HistoryBatch[] = [];
  readonly #timer: NodeJS.Timeout;
  #sending: Promise<void> | undefined;
  #expireAt = 0;

  constructor(options: HistoryWriterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#flush(), INTERVAL).unref();
  }

  /** Takes the counts of the minute that ends; call it before the first request of the next. */
  endMinute(): void {
    this.#take();
  }

  /** Writes all counts, and resolves when they are stored, or dropped for lack of time. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    // A write under way may have begun before the last requests.
    const written = this.#flush().then(() => this.#flush());
    await within(CLOSE_TIMEOUT, written, () => {});
    this.#drop(0);
  }

  #take(): void {
    try {
      const batch = this.#options.drain();
      if (batch !== undefined) this.#waiting.push(batch);
      this.#drop(MOST_WAITING);
    } catch {
      // A defect here must not affect the response.
    }
  }

  #flush(): Promise<void> {
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
    return this.#sending;
  }

  async #send(): Promise<void> {
    const { store, clock, retention } = this.#options;
    this.#take();
    try {
      for (;;) {
        const [batch] = this.#waiting;
        if (batch === undefined) break;
        await store.add(batch);
        const index = this.#waiting.indexOf(batch);
        if (index !== -1) this.#waiting.splice(index, 1);
      }
      if (clock() < this.#expireAt && clock() > this.#expireAt - 2 * EXPIRY_INTERVAL) return;
      this.#expireAt = clock() + EXPIRY_INTERVAL;
      const bounds = retention();
      if (bounds !== undefined) await store.expire(Math.floor(clock() / 1000), bounds);
    } catch {
      // The store reports its failures; the counts wait for the next interval.
    }
  }

  /** Drops the oldest batches while more than `most` rows wait. */
  #drop(most: number): void {
    let rows = this.#waiting.reduce((sum, batch) => sum + rowsIn(batch), 0);
    while (rows > most) {
      const batch = this.#waiting.shift();
      if (batch === undefined) return;
      rows -= rowsIn(batch);
      this.#options.onDropped(requestsIn(batch));
    }
  }
}

function rowsIn({ tables }: HistoryBatch): number {
  return tables.reduce((sum, { rows }) => sum + rows.length, 0);
}

function requestsIn({ tables }: HistoryBatch): number {
  const rows = tables.find(({ name }) => name === "requests")?.rows ?? [];
  return rows.reduce((sum, [, numbers]) => sum + (numbers[0] ?? 0), 0);
}
