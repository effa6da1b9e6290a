import type { AgentCard } from "./agent-card.ts";
import { fetchDirectory, type FetchedDirectory, type FetchRules } from "./directory-fetch.ts";
import type { KeySet } from "./directory.ts";
import type { DirectoryLocation } from "./directory-url.ts";
import type { UnverifiedReason } from "./reasons.ts";

/** The state of one directory, for `explain`. */
export interface DirectoryState {
  readonly url: string;
  readonly keys: readonly string[];
  /** Seconds since the last successful fetch. */
  readonly age: number | undefined;
  readonly failure: UnverifiedReason | undefined;
  readonly card: AgentCard | undefined;
}

const STALE_FOR = 86_400;
const REFRESH_AFTER = 30;
const BACKOFF = { least: 30, most: 300 };

/** A cached directory: its keys, their age, and the current fetch, if any. Times in seconds. */
export class DirectoryEntry {
  readonly #location: DirectoryLocation;
  #keys: KeySet | undefined;
  #card: AgentCard | undefined;
  #fetchedAt = 0;
  #freshUntil = 0;
  #retryAt = 0;
  #failures = 0;
  /** The reason of the last fetch, if it failed. */
  failure: UnverifiedReason | undefined;
  #pending: Promise<void> | undefined;
  #pendingSince = 0;

  constructor(location: DirectoryLocation) {
    this.#location = location;
  }

  isFresh(now: number): boolean {
    return now < this.#freshUntil;
  }

  /** The keys, if they are fresh or have been stale for less than a day. */
  keys(now: number): KeySet | undefined {
    return now < this.#freshUntil + STALE_FOR ? this.#keys : undefined;
  }

  /** Whether a fetch is under way or may start. */
  mayRefresh(now: number): boolean {
    return this.#pending !== undefined || now >= this.#retryAt;
  }

  /** Fetches, or joins the fetch under way; never rejects. */
  refresh(rules: FetchRules, now: number): Promise<void> {
    // On Workers the request that began a fetch may have ended, and its promise with it.
    const lost = now - this.#pendingSince > (3 * rules.deadline) / 1000;
    if (this.#pending !== undefined && !lost) return this.#pending;
    const work = fetchDirectory(this.#location, rules).then((fetched) => {
      this.#record(fetched, rules.now());
      if (this.#pending === work) this.#pending = undefined;
    });
    this.#pending = work;
    this.#pendingSince = now;
    return work;
  }

  describe(now: number): DirectoryState {
    return {
      url: this.#location.url.href,
      keys: [...(this.#keys?.keys() ?? [])],
      age: this.#keys === undefined ? undefined : now - this.#fetchedAt,
      failure: this.failure,
      card: this.#card,
    };
  }

  #record(fetched: FetchedDirectory, now: number): void {
    if (fetched.kind === "directory") {
      this.#keys = fetched.keys;
      this.#card = fetched.card;
      this.#fetchedAt = now;
      this.#freshUntil = now + fetched.freshFor;
      this.#retryAt = now + REFRESH_AFTER;
      this.#failures = 0;
      this.failure = undefined;
      return;
    }
    // A failure leaves the keys in place; each further attempt waits longer.
    this.failure = fetched.reason;
    this.#retryAt = now + Math.min(BACKOFF.most, BACKOFF.least * 2 ** Math.min(this.#failures, 4));
    this.#failures++;
  }
}
