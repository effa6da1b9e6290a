// Prefix codes ("trees") by block type and context (RFC 7932 §7).
import { put } from "./bits";
import { clusterHistograms } from "./cluster";
import { contextMapBits } from "./context-map";
import { addHistogram, estimateBits } from "./histogram";
import { assignCodes, buildLengths } from "./huffman";
import { level } from "./level";
import { allocate, allocateZeroed, mark, release } from "./memory";
import { putPrefixCode } from "./prefix-code";
import { Split } from "./split";

/** Codes of several trees over one alphabet, and which tree a block type and context use. */
@unmanaged
export class Trees {
  size: u32;
  count: u32;
  lengths: usize;
  codes: usize;
  map: usize;
}

/** Histograms of `n` symbols per block type and context; `contexts` may be 0 for none. */
export function countByContext(symbols: usize, n: u32, size: u32, contexts: usize, contextBits: u32, split: Split): usize {
  const histograms = allocateZeroed(((split.types << contextBits) * size) << 2);
  let i: u32 = 0;
  for (let b: u32 = 0; b < split.blocks; b++) {
    const type = u32(load<u8>(split.typeOf + b)) << contextBits;
    const end = min(n, i + load<u32>(split.lengthOf + (b << 2)));
    for (; i < end; i++) {
      const row = contexts == 0 ? type : type + u32(load<u8>(contexts + i));
      const at = histograms + ((row * size + u32(load<u16>(symbols + (i << 1)))) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
  return histograms;
}

export function newTrees(size: u32, entries: u32): Trees {
  const trees = changetype<Trees>(allocate(offsetof<Trees>()));
  trees.size = size;
  trees.count = 0;
  trees.map = allocateZeroed(entries);
  return trees;
}

/** Describes each tree in the stream and keeps its codes. */
export function putTrees(trees: Trees, histograms: usize, width: u32): void {
  const size = trees.size;
  trees.lengths = allocate(trees.count * size);
  trees.codes = allocate((trees.count * size) << 1);
  for (let t: u32 = 0; t < trees.count; t++) {
    const lengths = trees.lengths + t * size;
    const used = buildLengths(histograms + ((t * size) << 2), size, 15, lengths);
    putPrefixCode(lengths, size, used, width);
    assignCodes(lengths, size, trees.codes + ((t * size) << 1));
    // A lone symbol takes no bits (RFC 7932 §3.4).
    if (used <= 1) memory.fill(lengths, 0, size);
  }
}

// @ts-ignore: decorator
@inline
export function putSymbol(trees: Trees, tree: u32, symbol: u32): void {
  const at = tree * trees.size + symbol;
  put(load<u16>(trees.codes + (at << 1)), load<u8>(trees.lengths + at));
}

/** Decides which block types and contexts share a tree; the histograms become those of the trees. */
export function clusterContexts(trees: Trees, histograms: usize, types: u32, contextBits: u32): void {
  const entries = types << contextBits;
  trees.count = clusterHistograms(histograms, entries, trees.size, trees.map, level.trees, level.thorough);
  if (trees.count > 1) uniteTrees(trees, histograms, entries);
}

/** Takes one tree for all if several save less than their map costs. */
function uniteTrees(trees: Trees, histograms: usize, entries: u32): void {
  const before = mark();
  const size = trees.size;
  const all = allocateZeroed(size << 2);
  let apart = f32(contextMapBits(trees.map, entries, trees.count));
  for (let t: u32 = 0; t < trees.count; t++) {
    apart += estimateBits(histograms + ((t * size) << 2), 0, size);
    addHistogram(all, histograms + ((t * size) << 2), size);
  }
  if (estimateBits(all, 0, size) <= apart) {
    memory.copy(histograms, all, size << 2);
    memory.fill(trees.map, 0, entries);
    trees.count = 1;
  }
  release(before);
}

/** One entry a type becomes 2^bits equal ones. */
export function spread(map: usize, types: u32, bits: u32): void {
  for (let t = i32(types) - 1; t >= 0; t--) memory.fill(map + (u32(t) << bits), load<u8>(map + u32(t)), 1 << bits);
}
