import { wordAt } from "../word-at.ts";
import { nextTurn, TurnCount } from "../../../timing/turns.ts";

/** A string that several pages contain. */
export interface SharedText {
  readonly bytes: Uint8Array;
  /** The pages that are known to contain it, weighted by its length: higher is worth more. */
  readonly worth: number;
}

/** The fewest pages in which a string must occur: what fewer have may be one visitor's. */
export const LEAST_PAGES = 3;
/** The shortest string that is found, and the shortest one that is worth its place, in bytes. */
const SEED = 8;
const SHORTEST = 12;
/** Bytes that a reference to a string costs in a compressed page. */
const REFERENCE = 6;
/** A longer string that far fewer pages contain is a string of its own. */
const COMMON = 32;
/** Pages that are compared with a string, and strings that one page can add. */
const MOST_SOURCES = 32;
/** Places for seeds, as a power of two. */
const PLACES = 20;
/** Steps between two turns of the event loop, about 10 ms. */
const STEPS_A_TURN = 200_000;

/**
 * Finds strings that occur in `LEAST_PAGES` different pages or more, as a whole and byte for byte,
 * most worth first.
 */
export async function findSharedText(pages: readonly Uint8Array[]): Promise<SharedText[]> {
  const index = await indexSeeds(pages);
  const turn = new TurnCount(STEPS_A_TURN);
  const taken = new Uint8Array(1 << PLACES);
  const found: SharedText[] = [];
  for (const [number, page] of pages.entries()) {
    let at = 0;
    while (at + SEED <= page.length) {
      const place = placeOf(page, at);
      const sources = taken[place] === 1 ? [] : index.sourcesOf(page, number, at, place);
      if (turn.isOver(1 + sources.length)) await nextTurn();
      if (sources.length < LEAST_PAGES) {
        at += 1;
        continue;
      }
      const { length, worth } = extend(page, at, sources);
      if (turn.isOver(length)) await nextTurn();
      if (length >= SHORTEST) found.push({ bytes: page.subarray(at, at + length), worth });
      const end = at + length - SEED;
      for (; at <= end; at++) taken[placeOf(page, at)] = 1;
    }
  }
  return found.toSorted((a, b) => b.worth - a.worth);
}

/** A place in a page at which a string begins. */
interface Source {
  readonly page: Uint8Array;
  readonly at: number;
}

/** The longest string from `at` on that enough pages contain, and its worth. */
function extend(page: Uint8Array, at: number, seeds: readonly Source[]) {
  let sources = seeds;
  let length = SEED;
  let copies = SEED * seeds.length;
  while (at + length < page.length) {
    const next = page[at + length];
    // oxlint-disable-next-line no-loop-func -- it is called before the length changes
    const isLonger = (source: Source): boolean => source.page[source.at + length] === next;
    if (!sources.every(isLonger)) {
      const longer = sources.filter(isLonger);
      const isOther = length >= COMMON && longer.length * 2 < seeds.length;
      if (longer.length < LEAST_PAGES || isOther) break;
      sources = longer;
    }
    length += 1;
    copies += sources.length;
  }
  const worth = (copies / length) * (Math.max(0, length - REFERENCE) / length);
  return { length, worth };
}

/** Where each seed occurs first in each page. */
async function indexSeeds(pages: readonly Uint8Array[]) {
  const turn = new TurnCount(STEPS_A_TURN);
  const starts: number[] = [];
  let total = 0;
  for (const page of pages) {
    starts.push(total);
    total += page.length;
  }
  // One more than the last position, so that 0 is none.
  const last = new Int32Array(1 << PLACES);
  const before = new Int32Array(total);
  for (const [number, page] of pages.entries()) {
    const start = starts[number] ?? 0;
    for (let at = 0; at + SEED <= page.length; at++) {
      const place = placeOf(page, at);
      const previous = last[place] ?? 0;
      if (turn.isOver()) await nextTurn();
      // The first one in each page is enough.
      if (previous > start) continue;
      before[start + at] = previous;
      last[place] = start + at + 1;
    }
  }
  return {
    /** One source for each page that contains the seed at a position of a page. */
    sourcesOf(page: Uint8Array, number: number, at: number, place: number): Source[] {
      const sources: Source[] = [{ page, at }];
      let position = last[place] ?? 0;
      let other = pages.length - 1;
      while (position > 0 && sources.length < MOST_SOURCES) {
        while ((starts[other] ?? 0) >= position) other -= 1;
        const there = { page: pages[other] as Uint8Array, at: position - 1 - (starts[other] ?? 0) };
        if (other !== number && isSeed(page, at, there)) sources.push(there);
        position = before[position - 1] ?? 0;
      }
      return sources;
    },
  };
}

function isSeed(page: Uint8Array, at: number, other: Source): boolean {
  for (let i = 0; i < SEED; i++) if (page[at + i] !== other.page[other.at + i]) return false;
  return true;
}

/** The place of the seed at a position; unequal seeds may share it. */
function placeOf(page: Uint8Array, at: number): number {
  const low = wordAt(page, at);
  const high = wordAt(page, at + 4);
  return (Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77)) >>> (32 - PLACES);
}
