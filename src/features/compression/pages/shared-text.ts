import { wordAt } from "../word-at.ts";
import { nextTurn } from "../../../timing/turns.ts";

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
  const index = new SeedIndex(pages);
  // The loops are functions without a wait: the runtime compiles these sooner.
  while (!index.addSome(STEPS_A_TURN)) await nextTurn();
  const search = new Search(pages, index);
  while (!search.goOn(STEPS_A_TURN)) await nextTurn();
  return search.found.toSorted((a, b) => b.worth - a.worth);
}

/** A place in a page at which a string begins. */
interface Source {
  readonly page: Uint8Array;
  readonly at: number;
}

/** The search for shared strings in all pages, one position after the other. */
class Search {
  readonly found: SharedText[] = [];
  readonly #pages: readonly Uint8Array[];
  readonly #index: SeedIndex;
  /** Seeds that a string found before has. */
  readonly #taken = new Uint8Array(1 << PLACES);
  #number = 0;
  #at = 0;

  constructor(pages: readonly Uint8Array[], index: SeedIndex) {
    this.#pages = pages;
    this.#index = index;
  }

  /** Searches for about so many steps; true at the end. */
  goOn(steps: number): boolean {
    let left = steps;
    for (; this.#number < this.#pages.length; this.#number++) {
      const page = this.#pages[this.#number]!;
      while (this.#at + SEED <= page.length) {
        if (left <= 0) return false;
        left -= this.#step(page);
      }
      this.#at = 0;
    }
    return true;
  }

  /** Looks at one position, and at all of a string that begins there; returns its steps. */
  #step(page: Uint8Array): number {
    const at = this.#at;
    const place = placeOf(page, at);
    this.#at = at + 1;
    // Most seeds are of one page alone.
    if (this.#taken[place] === 1 || !this.#index.isShared(place)) return 1;
    const sources = this.#index.sourcesOf(this.#number, at, place);
    if (sources.length < LEAST_PAGES) return 1 + sources.length;
    const { length, worth } = extend(page, at, sources);
    if (length >= SHORTEST) this.found.push({ bytes: page.subarray(at, at + length), worth });
    const last = at + length - SEED;
    for (let each = at; each <= last; each++) this.#taken[placeOf(page, each)] = 1;
    this.#at = last + 1;
    return 1 + sources.length + length;
  }
}

/** The longest string from `at` on that enough pages contain, and its worth. */
function extend(page: Uint8Array, at: number, seeds: readonly Source[]) {
  let sources = seeds;
  let length = SEED;
  let copies = SEED * seeds.length;
  for (; at + length < page.length; length++) {
    const next = page[at + length]!;
    const agreeing = countAgreeing(sources, length, next);
    if (agreeing < sources.length) {
      const isOther = length >= COMMON && agreeing * 2 < seeds.length;
      if (agreeing < LEAST_PAGES || isOther) break;
      sources = agreeingAt(sources, length, next);
    }
    copies += agreeing;
  }
  const worth = (copies / length) * (Math.max(0, length - REFERENCE) / length);
  return { length, worth };
}

/** The number of strings whose byte after the first `length` ones is `next`. */
function countAgreeing(sources: readonly Source[], length: number, next: number): number {
  let count = 0;
  for (const { page, at } of sources) if (page[at + length] === next) count += 1;
  return count;
}

function agreeingAt(sources: readonly Source[], length: number, next: number): readonly Source[] {
  return sources.filter(({ page, at }) => page[at + length] === next);
}

/** Where each seed occurs first in each page. */
class SeedIndex {
  readonly #pages: readonly Uint8Array[];
  /** The position of each page among those of all pages. */
  readonly #starts: readonly number[];
  /** By place: one more than the last position, so that 0 is none. */
  readonly #last = new Int32Array(1 << PLACES);
  /** By position: the one before, in the same way. */
  readonly #before: Int32Array;
  /** By place: the pages with such a seed, counted up to `LEAST_PAGES`. */
  readonly #pagesAt = new Uint8Array(1 << PLACES);
  #number = 0;
  #at = 0;

  constructor(pages: readonly Uint8Array[]) {
    const starts: number[] = [];
    let total = 0;
    for (const page of pages) {
      starts.push(total);
      total += page.length;
    }
    this.#pages = pages;
    this.#starts = starts;
    this.#before = new Int32Array(total);
  }

  /** Adds the seeds of so many positions; true at the end. */
  addSome(positions: number): boolean {
    let left = positions;
    while (this.#number < this.#pages.length) {
      const page = this.#pages[this.#number]!;
      const end = Math.min(page.length - SEED + 1, this.#at + left);
      for (let at = this.#at; at < end; at++) this.#add(page, at);
      left -= Math.max(0, end - this.#at);
      this.#at = Math.max(this.#at, end);
      if (this.#at + SEED <= page.length) return false;
      this.#number += 1;
      this.#at = 0;
    }
    return true;
  }

  /** Whether as many pages as a shared string needs may have the seed of a place. */
  isShared(place: number): boolean {
    return this.#pagesAt[place] === LEAST_PAGES;
  }

  /** One source for each page that contains the seed at a position of a page. */
  sourcesOf(number: number, at: number, place: number): Source[] {
    const [pages, starts] = [this.#pages, this.#starts];
    const page = pages[number]!;
    const sources: Source[] = [{ page, at }];
    let position = this.#last[place]!;
    let other = pages.length - 1;
    while (position > 0 && sources.length < MOST_SOURCES) {
      while (starts[other]! >= position) other -= 1;
      const there = { page: pages[other]!, at: position - 1 - starts[other]! };
      if (other !== number && isSeed(page, at, there)) sources.push(there);
      position = this.#before[position - 1]!;
    }
    return sources;
  }

  #add(page: Uint8Array, at: number): void {
    const start = this.#starts[this.#number]!;
    const place = placeOf(page, at);
    const previous = this.#last[place]!;
    // The first one in each page is enough.
    if (previous > start) return;
    this.#before[start + at] = previous;
    this.#last[place] = start + at + 1;
    if (this.#pagesAt[place]! < LEAST_PAGES) this.#pagesAt[place]! += 1;
  }
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
