import {
  bounded,
  EMPTY,
  generationOf,
  isWithin,
  join,
  parseMarks,
  raise,
  writeMarks,
  type Marks,
} from "./purge-marks.ts";
import type { Generations, IndexStore, Purge } from "./store.ts";
import type { Awaitable } from "../timing/and-then.ts";
import { within } from "../timing/timeout.ts";

/** Options for storing and reading generations. */
export interface GenerationsOptions {
  readonly index: IndexStore;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Milliseconds between two reads of the store. @default 1000 */
  readonly refreshAfter?: number;
  /** Milliseconds that the first request waits for the store. @default 500 */
  readonly patience?: number;
  /** Milliseconds until a document is known everywhere, and may be written again. @default 0 */
  readonly spread?: number;
  /** Milliseconds that a purge waits for the store. @default 5000 */
  readonly purgeTimeout?: number;
  /**
   * Called with the purges of this process, as text for `learn` of others that share the store;
   * a purge waits for it. @default nothing: they read the store
   */
  readonly onPurged?: (marks: string) => Promise<void>;
}

/** Generations with the means to keep them up to date. */
export type SharedGenerations = Pick<StoredGenerations, keyof StoredGenerations>;

/** Seconds to live: ten years, longer than any other entry. */
const TTL = 315_360_000;
const KEY = "generations";

/**
 * Stores generations in a small document of an index; requests read a copy in memory. A store that
 * fails delays only the first request, for a short time; then the last known generations apply.
 */
export function storedGenerations(options: GenerationsOptions): SharedGenerations {
  return new StoredGenerations(options);
}

class StoredGenerations implements Generations {
  /** Seconds until every process knows of a purge, if the store works. */
  readonly knownEverywhereAfter: number;
  readonly #options: Required<GenerationsOptions>;
  #known: Marks = EMPTY;
  /** The last text read, which `known` includes. */
  #lastText: string | undefined;
  /** Purges of this process that are not yet in the store. */
  #unseen: Marks | undefined;
  #putAt = -Infinity;
  #askedAt = -Infinity;
  #asking: Promise<void> | undefined;
  #isReady = false;

  constructor(options: GenerationsOptions) {
    this.#options = {
      refreshAfter: 1000,
      patience: 500,
      spread: 0,
      purgeTimeout: 5000,
      onPurged: async () => {},
      ...options,
    };
    const { refreshAfter, spread } = this.#options;
    this.knownEverywhereAfter = Math.ceil((refreshAfter + spread) / 1000);
  }

  of(scope: Parameters<Generations["of"]>[0]): Awaitable<string> {
    void this.refresh();
    if (this.#isReady) return generationOf(this.#known, scope);
    return within(this.#options.patience, this.#asking ?? Promise.resolve(), () => {}).then(() => {
      this.#isReady = true;
      return generationOf(this.#known, scope);
    });
  }

  async purge(what: Purge): Promise<void> {
    // If the store can't be read, a write could overwrite others' purges: it is done later.
    const before = this.#known;
    const isRead = await isDoneWithin(this.#options.purgeTimeout, this.#read()).catch(() => false);
    const made = raise(this.#known, what, this.#options.clock());
    this.#known = bounded(join(this.#known, made), this.#options.clock());
    const all = this.#known.all > before.all ? this.#known.all : 0;
    this.#unseen = join(this.#unseen ?? EMPTY, { ...made, all: Math.max(made.all, all) });
    this.#isReady = true;
    this.#putAt = -Infinity;
    await this.#options.onPurged(writeMarks(this.#known));
    if (!isRead) throw new Error("the store can't be read");
    if (!(await isDoneWithin(this.#options.purgeTimeout, this.#put())))
      throw new Error("the store takes too long");
  }

  /** Learns purges of another process at once. @param marks the text of `onPurged` */
  learn(marks: string): void {
    this.#known = join(this.#known, parseMarks(marks));
  }

  async #read(): Promise<Marks> {
    const text = await this.#options.index.get(KEY);
    const stored = parseMarks(text);
    if (text !== this.#lastText) this.#known = join(this.#known, stored);
    this.#lastText = text;
    this.#isReady = true;
    return stored;
  }

  async #put(): Promise<void> {
    this.#putAt = this.#options.clock();
    await this.#options.index.put(KEY, writeMarks(this.#known), TTL);
  }

  /** Reads the purges of other processes; writes marks again that one has overwritten. */
  async #ask(): Promise<void> {
    const stored = await this.#read();
    if (this.#unseen === undefined) return;
    if (isWithin(this.#unseen, stored)) this.#unseen = undefined;
    else if (this.#options.clock() - this.#putAt >= this.#options.spread) await this.#put();
  }

  /** Reads the store if a read is due; otherwise returns undefined. Never rejects. */
  refresh(): Promise<void> | undefined {
    // The clock may have been set back.
    const since = Math.abs(this.#options.clock() - this.#askedAt);
    if (since < this.#options.refreshAfter || (this.#asking !== undefined && since < GIVE_UP_AFTER))
      return undefined;
    this.#askedAt = this.#options.clock();
    const asked = this.#ask()
      .catch(() => {})
      .finally(() => {
        if (this.#asking === asked) this.#asking = undefined;
      });
    this.#asking = asked;
    return asked;
  }
}

/** Milliseconds after which a read that has not ended is ignored. */
const GIVE_UP_AFTER = 30_000;

/** Whether the work is done in time. Rejects if the work rejects in time. */
function isDoneWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const done = work.then(() => true);
  return within(milliseconds, done, () => false);
}
