import type { EventSink, EventSource, RequestEvent } from "../event.ts";
import { Counts } from "./counts.ts";

/** Events that wait to be counted, at most. */
const MOST_WAITING = 32;
/** Milliseconds that an event waits, at most: it has the request in memory. */
const LONGEST_WAIT = 50;

interface TallyOptions {
  /** Whether paths, hosts and other details are counted, for the history. @default always */
  readonly details?: (() => boolean) | undefined;
  /** Called before the first request of another minute is counted. */
  readonly onMinute?: (() => void) | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/**
 * Counts requests for metrics and for the history. Builds and counts several events at once: the code
 * that does so is then fetched by the processor once for all of them.
 */
export class Tally implements EventSink {
  readonly #counts = new Counts();
  readonly #waiting: EventSource[] = [];
  readonly #options: TallyOptions;
  #timer: NodeJS.Timeout | undefined;
  #minuteEnd = -Infinity;

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  take(event: RequestEvent): void {
    this.takeLater({ built: () => event });
  }

  takeLater(source: EventSource): void {
    this.#watchMinute();
    const waiting = this.#waiting.push(source);
    if (waiting >= MOST_WAITING) this.#countAll();
    else this.#timer ??= setTimeout(() => this.#countAll(), LONGEST_WAIT).unref();
  }

  /** The counts of all requests so far. */
  get counts(): Counts {
    this.#countAll();
    return this.#counts;
  }

  /** The start of the minute of the last requests, in seconds since the epoch. */
  get minute(): number {
    return this.#minuteEnd / 1000 - 60;
  }

  #countAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const hasDetails = this.#options.details?.() !== false;
    for (const source of this.#waiting) {
      try {
        this.#counts.add(source.built(), hasDetails);
      } catch {
        // A defect here must not cost the counts of other requests.
      }
    }
    this.#waiting.length = 0;
  }

  #watchMinute(): void {
    const now = this.#options.clock();
    if (now < this.#minuteEnd && now >= this.#minuteEnd - 60_000) return;
    this.#countAll();
    if (this.#minuteEnd !== -Infinity) this.#options.onMinute?.();
    this.#minuteEnd = (Math.floor(now / 60_000) + 1) * 60_000;
  }
}
