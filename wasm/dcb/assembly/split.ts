// Division of a symbol sequence into blocks of a few types (RFC 7932 §6).
import { allocate, allocateZeroed, mark, release } from "./memory";
import { clusterHistograms } from "./cluster";
import { estimateBits } from "./histogram";
import { countBitsOf, countCodeOf } from "./lengths";
import { log2 } from "./log2";

/** A split: number of types, number of blocks, a type (u8) and a length (u32) for each block. */
@unmanaged
export class Split {
  types: u32;
  blocks: u32;
  typeOf: usize;
  lengthOf: usize;
}

export function newSplit(capacity: u32): Split {
  const split = changetype<Split>(allocate(offsetof<Split>()));
  split.typeOf = allocate(capacity);
  split.lengthOf = allocate(capacity << 2);
  return split;
}

export function singleBlock(split: Split, length: u32): void {
  split.types = 1;
  split.blocks = 1;
  store<u8>(split.typeOf, 0);
  store<u32>(split.lengthOf, length);
}

/**
 * Splits `n` symbols (u16) of an alphabet of `size`, with at most `most` types.
 * Candidate histograms are sampled, the cheapest path through them found, and both repeated.
 */
export function splitSymbols(split: Split, symbols: usize, n: u32, size: u32, seeds: u32, rounds: u32, switchBits: f32, capacity: u32): void {
  singleBlock(split, n);
  if (seeds < 2) return;
  const before = mark();
  const histograms = allocate((seeds * size) << 2);
  const costs = allocate((seeds * size) << 2);
  const choice = allocate(n);
  const alive = sample(histograms, symbols, n, size, seeds);
  for (let round: u32 = 0; round < rounds; round++) {
    fillCosts(costs, histograms, size, alive);
    choosePath(choice, costs, symbols, n, size, alive, switchBits);
    memory.fill(histograms, 0, (seeds * size) << 2);
    for (let i: u32 = 0; i < n; i++) {
      const at = histograms + ((usize(load<u8>(choice + i)) * size + usize(load<u16>(symbols + (i << 1)))) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
  const map = allocate(256);
  const single = wholeBits(symbols, n, size);
  const types = clusterHistograms(histograms, alive, size, map, 64, true);
  if (types > 1) {
    const blocks = collectBlocks(split, choice, map, n, capacity);
    let bits: f32 = 0;
    for (let t: u32 = 0; t < types; t++) bits += estimateBits(histograms + ((t * size) << 2), 0, size);
    if (!blocks || bits + switchCost(split) >= single) singleBlock(split, n);
  }
  release(before);
}

function wholeBits(symbols: usize, n: u32, size: u32): f32 {
  const before = mark();
  const all = allocateZeroed(size << 2);
  for (let i: u32 = 0; i < n; i++) {
    const at = all + (usize(load<u16>(symbols + (i << 1))) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  const bits = estimateBits(all, 0, size);
  release(before);
  return bits;
}

/** Rough cost of the block types and counts of a split. */
function switchCost(split: Split): f32 {
  let bits: f32 = 60 + f32(split.types) * 4;
  for (let b: u32 = 0; b < split.blocks; b++) {
    bits += log2(split.types) + 3 + f32(countBitsOf(countCodeOf(load<u32>(split.lengthOf + (b << 2)))));
  }
  return bits;
}

/** Evenly spaced stretches become the first histograms. */
function sample(histograms: usize, symbols: usize, n: u32, size: u32, seeds: u32): u32 {
  memory.fill(histograms, 0, (seeds * size) << 2);
  for (let h: u32 = 0; h < seeds; h++) {
    const from = u32((u64(n) * h) / seeds);
    const to = u32((u64(n) * (h + 1)) / seeds);
    for (let i = from; i < to; i++) {
      const at = histograms + ((h * size + u32(load<u16>(symbols + (i << 1)))) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
  return seeds;
}

function fillCosts(costs: usize, histograms: usize, size: u32, n: u32): void {
  for (let h: u32 = 0; h < n; h++) {
    let total: u32 = 0;
    const from = histograms + ((h * size) << 2);
    for (let s: u32 = 0; s < size; s++) total += load<u32>(from + (s << 2));
    const all = log2(total);
    for (let s: u32 = 0; s < size; s++) {
      const count = load<u32>(from + (s << 2));
      // Symbol-major, so that one symbol's costs lie together.
      store<f32>(costs + ((s * n + h) << 2), count == 0 ? all + 2 : max(all - log2(count), 0.2));
    }
  }
}

/** Viterbi: for each symbol the histogram on the cheapest path, where changing costs `switchBits`. */
function choosePath(choice: usize, costs: usize, symbols: usize, n: u32, size: u32, kinds: u32, switchBits: f32): void {
  const before = mark();
  const path = allocateZeroed(kinds << 2);
  const words = (kinds + 7) >> 3;
  const switched = allocateZeroed(n * words);
  for (let i: u32 = 0; i < n; i++) {
    const cost = costs + ((usize(load<u16>(symbols + (i << 1))) * kinds) << 2);
    let least: f32 = Infinity;
    let best: u32 = 0;
    for (let h: u32 = 0; h < kinds; h++) {
      const c = load<f32>(path + (h << 2)) + load<f32>(cost + (h << 2));
      store<f32>(path + (h << 2), c);
      if (c < least) {
        least = c;
        best = h;
      }
    }
    store<u8>(choice + i, u8(best));
    for (let h: u32 = 0; h < kinds; h++) {
      const above = load<f32>(path + (h << 2)) - least;
      if (above >= switchBits) {
        const at = switched + i * words + (h >> 3);
        store<u8>(at, load<u8>(at) | (<u8>1 << <u8>(h & 7)));
      }
      store<f32>(path + (h << 2), min(above, switchBits));
    }
  }
  let current = u32(load<u8>(choice + n - 1));
  for (let i = i32(n) - 2; i >= 0; i--) {
    const bit = load<u8>(switched + u32(i) * words + (current >> 3)) & (<u8>1 << <u8>(current & 7));
    if (bit != 0) current = u32(load<u8>(choice + u32(i)));
    store<u8>(choice + u32(i), u8(current));
  }
  release(before);
}

/** Runs of one group become blocks; false when there are more than `capacity`. */
function collectBlocks(split: Split, choice: usize, map: usize, n: u32, capacity: u32): bool {
  const number = memory.data(256);
  memory.fill(number, 255, 256);
  let blocks: u32 = 0;
  let types: u32 = 0;
  let i: u32 = 0;
  while (i < n) {
    const group = load<u8>(map + usize(load<u8>(choice + i)));
    const start = i;
    while (i < n && load<u8>(map + usize(load<u8>(choice + i))) == group) i++;
    if (blocks == capacity) return false;
    // Types are numbered by first use: the first block has type 0 (RFC 7932 §6).
    if (load<u8>(number + usize(group)) == 255) store<u8>(number + usize(group), u8(types++));
    store<u8>(split.typeOf + blocks, load<u8>(number + usize(group)));
    store<u32>(split.lengthOf + (blocks << 2), i - start);
    blocks++;
  }
  split.blocks = blocks;
  split.types = types;
  return true;
}
