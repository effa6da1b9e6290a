// Where bytes like those at hand occurred before: chains by four bytes, and a table by sixteen
// for copies that are far away. The dictionary's half never changes, so that it serves many inputs.
import { allocate, allocateZeroed } from "./memory";

/** How many positions of a text share one entry of the table by sixteen bytes. */
const LONG_STEP: u32 = 4;

/** One half of the index: the dictionary's or the input's. Addresses stand for positions; 0 is none. */
@unmanaged
export class MatchIndex {
  /** First byte of the text. */
  start: usize;
  /** Number of bits of a hash by four bytes, and by sixteen. */
  headBits: u32;
  longBits: u32;
  heads: usize;
  longs: usize;
  /** Bits that a load of eight bytes is shifted left, so that only the hashed ones remain. */
  shift: u64;
  /** Previous position with the same hash, at `position & mask`. */
  previous: usize;
  mask: u32;
}

// @ts-ignore: decorator
@inline
export function hashShort(at: usize, index: MatchIndex): u32 {
  return u32(((load<u64>(at) << index.shift) * 0x9e3779b97f4a7c15) >> u64(64 - index.headBits));
}

// @ts-ignore: decorator
@inline
export function hashLong(at: usize, index: MatchIndex): u32 {
  const mixed = (load<u64>(at) * 0x9e3779b97f4a7c15) ^ (load<u64>(at, 8) * 0xc2b2ae3d27d4eb4f);
  return u32((mixed ^ (mixed >> 29)) * 0xff51afd7ed558ccd >> u64(64 - index.longBits));
}

function bitsFor(length: u32, least: u32, most: u32): u32 {
  return min(max(length < 2 ? 1 : 32 - clz(length - 1), least), most);
}

/**
 * Reserves the index of a text of `length` bytes, whose chains link positions with `key` equal bytes
 * and reach back at most `reach` (a power of two).
 */
export function reserveIndex(length: u32, reach: u32, key: u32): MatchIndex {
  const index = changetype<MatchIndex>(allocate(offsetof<MatchIndex>()));
  index.shift = u64(64 - (key << 3));
  index.headBits = bitsFor(length, 8, length > 1 << 22 ? 20 : 18);
  index.longBits = bitsFor(length / LONG_STEP, 8, 20);
  index.heads = allocateZeroed(4 << index.headBits);
  index.longs = allocateZeroed(4 << index.longBits);
  let entries: u32 = 1;
  while (entries < length && entries < reach) entries <<= 1;
  index.mask = entries - 1;
  index.previous = allocate(min(entries, max(length, 1)) << 2);
  return index;
}

// @ts-ignore: decorator
@inline
export function insertShort(index: MatchIndex, at: usize): void {
  const slot = index.heads + (hashShort(at, index) << 2);
  store<u32>(index.previous + (((at - index.start) & index.mask) << 2), load<u32>(slot));
  store<u32>(slot, at);
}

// @ts-ignore: decorator
@inline
export function insertLong(index: MatchIndex, at: usize): void {
  store<u32>(index.longs + (hashLong(at, index) << 2), at);
}

/** Enters the positions from `from` up to `to`; `end` is the end of the text. */
export function insertRange(index: MatchIndex, from: usize, to: usize, end: usize): void {
  const shortEnd = min(to, end - min(end, 7));
  const longEnd = min(to, end - min(end, 15));
  const heads = index.heads;
  const previous = index.previous;
  const mask = index.mask;
  const start = index.start;
  for (let at = from; at < shortEnd; at++) {
    const slot = heads + (hashShort(at, index) << 2);
    store<u32>(previous + (((at - start) & mask) << 2), load<u32>(slot));
    store<u32>(slot, at);
  }
  for (let at = start + ((from - start + LONG_STEP - 1) & ~(LONG_STEP - 1)); at < longEnd; at += LONG_STEP) insertLong(index, at);
}
