// All useful matches at one position: longer ones only where they are further away.
import { MAX_DISTANCE } from "./distance";
import { MatchIndex, hashLong, hashShort } from "./match-index";
import { matchLength } from "./match-length";
import { copyLimit, dictionaryIndex, distanceOf, inputIndex, inputStart, windowSize } from "./stream";

/** Where the next match (length, distance: u32 each) is stored. */
let found: usize = 0;
let best: u32 = 0;

export function foundAt(area: usize): void {
  found = area;
}

function consider(at: usize, source: usize, end: usize): void {
  const limit = copyLimit(at, source, end);
  if (limit <= best || load<u8>(source + best) != load<u8>(at + best)) return;
  const length = matchLength(source, at, limit);
  if (length <= best) return;
  const distance = distanceOf(at, source);
  if (distance > MAX_DISTANCE) return;
  best = length;
  store<u32>(found, length);
  store<u32>(found, distance, 4);
  found += 8;
}

function walk(index: MatchIndex, at: usize, end: usize, candidates: u32, nearest: usize): void {
  let source: usize = load<u32>(index.heads + (hashShort(at, index) << 2));
  const mask = index.mask;
  while (source != 0 && candidates-- > 0) {
    // Entries older than the chain's reach were overwritten.
    if (source < nearest) return;
    consider(at, source, end);
    const next: usize = load<u32>(index.previous + (((source - index.start) & mask) << 2));
    if (next >= source) return;
    source = next;
  }
}

/** Stores all matches longer than `least` at `at`; gives the longest length, or `least`. */
export function find(at: usize, end: usize, least: u32, chain: u32, dictionaryChain: u32): u32 {
  best = least;
  if (end - at < 4) return best;
  const back = min(u32(at - inputStart), min(windowSize, inputIndex.mask));
  walk(inputIndex, at, end, chain, at - back);
  if (end - at >= 16) {
    const near: usize = load<u32>(inputIndex.longs + (hashLong(at, inputIndex) << 2));
    if (near != 0 && at - near <= windowSize) consider(at, near, end);
    const far: usize = load<u32>(dictionaryIndex.longs + (hashLong(at, dictionaryIndex) << 2));
    if (far != 0) consider(at, far, end);
  }
  walk(dictionaryIndex, at, end, dictionaryChain, inputStart - min(inputStart, dictionaryIndex.mask));
  return best;
}

export function foundNow(): usize {
  return found;
}
