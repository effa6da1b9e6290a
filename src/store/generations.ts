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
  /** Milliseconds until a written document can be read everywhere, and may be written again. @default 0 */
  readonly spread?: number;
  /** Milliseconds that a purge waits for the store. @default 5000 */
  readonly purgeTimeout?: number;
}

/** Generations with the means to keep them up to date. */
export interface SharedGenerations extends Generations {
  /** Reads the store if a read is due; otherwise returns undefined. Never rejects. */
  refresh(): Promise<void> | undefined;
  /** Seconds until every process knows of a purge, if the store works. */
  readonly knownEverywhereAfter: number;
}

/** Seconds to live: ten years, longer than any other entry. */
const TTL = 315_360_000;
const KEY = "generations";

/**
 * Stores generations in one small document of an index; requests read a copy in memory. A store that fails
 * or hangs delays only the first request, for a short time; then the last known generations apply.
 */
export function storedGenerations(options: GenerationsOptions): SharedGenerations {
  const { index, clock, refreshAfter = 1000, patience = 500, spread = 0 } = options;
  const { purgeTimeout = 5000 } = options;
  let known: Marks = EMPTY;
  /** The last text read, which `known` includes. */
  let lastText: string | undefined;
  /** Purges of this process that are not yet in the store. */
  let unseen: Marks | undefined;
  let putAt = -Infinity;
  let askedAt = -Infinity;
  let asking: Promise<void> | undefined;
  let isReady = false;

  const read = async (): Promise<Marks> => {
    const text = await index.get(KEY);
    const stored = parseMarks(text);
    if (text !== lastText) known = join(known, stored);
    lastText = text;
    isReady = true;
    return stored;
  };

  const put = async (): Promise<void> => {
    putAt = clock();
    await index.put(KEY, writeMarks(known), TTL);
  };

  /** Reads the purges of other processes, and writes marks again that another process has overwritten. */
  const ask = async (): Promise<void> => {
    const stored = await read();
    if (unseen === undefined) return;
    if (isWithin(unseen, stored)) unseen = undefined;
    else if (clock() - putAt >= spread) await put();
  };

  const refresh = (): Promise<void> | undefined => {
    // The clock may have been set back.
    const since = Math.abs(clock() - askedAt);
    if (since < refreshAfter || (asking !== undefined && since < GIVE_UP_AFTER)) return undefined;
    askedAt = clock();
    const asked = ask()
      .catch(() => {})
      .finally(() => {
        if (asking === asked) asking = undefined;
      });
    asking = asked;
    return asked;
  };

  return {
    knownEverywhereAfter: Math.ceil((refreshAfter + spread) / 1000),
    refresh,

    of(scope) {
      void refresh();
      if (isReady) return generationOf(known, scope);
      return within(patience, asking ?? Promise.resolve(), () => {}).then(() => {
        isReady = true;
        return generationOf(known, scope);
      });
    },

    async purge(what: Purge) {
      // If the store can't be read, a write could overwrite others' purges: it is done later.
      const before = known;
      const isRead = await isDoneWithin(purgeTimeout, read()).catch(() => false);
      const made = raise(known, what, clock());
      known = bounded(join(known, made), clock());
      const all = known.all > before.all ? known.all : 0;
      unseen = join(unseen ?? EMPTY, { ...made, all: Math.max(made.all, all) });
      isReady = true;
      putAt = -Infinity;
      if (!isRead) throw new Error("the store can't be read");
      if (!(await isDoneWithin(purgeTimeout, put()))) throw new Error("the store takes too long");
    },
  };
}

/** Milliseconds after which a read that has not ended is ignored. */
const GIVE_UP_AFTER = 30_000;

/** Whether the work is done in time. Rejects if the work rejects in time. */
function isDoneWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const done = work.then(() => true);
  return within(milliseconds, done, () => false);
}
