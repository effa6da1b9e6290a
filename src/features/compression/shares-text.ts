import { wordAt } from "./word-at.ts";

/** Smaller content costs little to compress, in bytes; a sample of it would be too small. */
const LEAST = 16 * 1024;
/** The table has one of so many positions of the dictionary. */
const STRIDE = 16;
/** Places of the content that are looked up, at most. */
const PLACES = 1024;
/** The length of a string in bytes: shorter ones occur in most texts of one language. */
const STRING = 16;
/** A dictionary is useful if it has the strings of one place in so many; of versions, it has a quarter or more. */
const ONE_IN = 32;
/** Bits of the largest table; a position that is overwritten loses one hit. */
const MOST_BITS = 18;

/**
 * Whether enough strings of the content occur in the dictionary, by a sample. A common run of 31
 * bytes at a sampled place is always found unless the table is full.
 */
export function sharesText(content: Uint8Array, dictionary: Uint8Array): boolean {
  if (content.length < LEAST || dictionary.length < STRING) return true;
  const needed = Math.ceil(placesOf(content) / ONE_IN);
  return countSharedPlaces(content, dictionary, needed) >= needed;
}

/** The places of the content whose strings occur in the dictionary; counts no further than `most`. */
export function countSharedPlaces(
  content: Uint8Array,
  dictionary: Uint8Array,
  most = Infinity,
): number {
  const bits = Math.min(MOST_BITS, Math.ceil(Math.log2(dictionary.length / STRIDE + 1)) + 1);
  const table = indexOf(dictionary, bits);
  const places = placesOf(content);
  const step = Math.floor((content.length - STRIDE - STRING) / places);
  let shared = 0;
  for (let place = 0; place < places && shared < most; place++) {
    if (isShared(content, place * step, dictionary, table, bits)) shared++;
  }
  return shared;
}

function placesOf({ length }: Uint8Array): number {
  return Math.min(PLACES, Math.floor(length / (2 * STRIDE)));
}

/** Positions in the dictionary by the hash of the string there, plus one; 0 is none. */
function indexOf(dictionary: Uint8Array, bits: number): Uint32Array {
  const table = new Uint32Array(1 << bits);
  for (let at = 0; at + STRING <= dictionary.length; at += STRIDE) {
    table[hashOf(dictionary, at, bits)] = at + 1;
  }
  return table;
}

/** Looks up all alignments, since the table has one position in `STRIDE`. */
function isShared(
  content: Uint8Array,
  place: number,
  dictionary: Uint8Array,
  table: Uint32Array,
  bits: number,
): boolean {
  for (let at = place; at < place + STRIDE; at++) {
    const found = table[hashOf(content, at, bits)] as number;
    if (found > 0 && isEqual(content, at, dictionary, found - 1)) return true;
  }
  return false;
}

function isEqual(a: Uint8Array, at: number, b: Uint8Array, from: number): boolean {
  for (let i = 0; i < STRING; i++) if (a[at + i] !== b[from + i]) return false;
  return true;
}

function hashOf(text: Uint8Array, at: number, bits: number): number {
  const hash =
    Math.imul(wordAt(text, at), 0x9e3779b1) ^ Math.imul(wordAt(text, at + 4), 0x85ebca6b);
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - bits);
}
