// Context maps in the stream (RFC 7932 §7.3).
import { put } from "./bits";
import { putVariable } from "./block-switch";
import { assignCodes, buildLengths } from "./huffman";
import { allocate, allocateZeroed, mark, release } from "./memory";
import { prefixCodeBits, putPrefixCode, symbolWidth } from "./prefix-code";

const front = memory.data(256);

/** Move-to-front of the map, which makes repeated trees zeros. */
function moveToFront(map: usize, size: u32, out: usize): void {
  for (let i: u32 = 0; i < 256; i++) store<u8>(front + i, u8(i));
  for (let i: u32 = 0; i < size; i++) {
    const value = load<u8>(map + i);
    let rank: u32 = 0;
    while (load<u8>(front + rank) != value) rank++;
    store<u8>(out + i, u8(rank));
    memory.copy(front + 1, front, rank);
    store<u8>(front, value);
  }
}

/** Runs of zeros up to 2^(longest+1) - 1 become symbols 1 to `longest`; others move up by `longest`. */
function collectSymbols(values: usize, size: u32, longest: u32, out: usize): u32 {
  let n: u32 = 0;
  let i: u32 = 0;
  while (i < size) {
    const value = u32(load<u8>(values + i));
    if (value != 0) {
      store<u32>(out + (n++ << 2), value + longest);
      i++;
      continue;
    }
    let run: u32 = 1;
    while (i + run < size && load<u8>(values + i + run) == 0) run++;
    i += run;
    while (run > 0) {
      const bits = min(31 - clz(run), longest);
      const taken = min(run, (2 << bits) - 1);
      store<u32>(out + (n++ << 2), bits | ((taken - (1 << bits)) << 16));
      run -= taken;
    }
  }
  return n;
}

/** Writes NTREES and the map of `size` entries (u8). */
export function putContextMap(map: usize, size: u32, trees: u32): void {
  putVariable(trees);
  if (trees == 1) return;
  const before = mark();
  const values = allocate(size << 1);
  const symbols = allocate(size << 2);
  const counts = allocate(1100);
  const lengths = allocate(275);
  leastBits(map, size, trees, values, symbols, counts, lengths);
  const best = longestRun;
  const n = collectSymbols(values, size, best, symbols);
  const alphabet = trees + best;
  countSymbols(symbols, n, counts, alphabet);
  const used = buildLengths(counts, alphabet, 15, lengths);
  if (best == 0) put(0, 1);
  else put(1 | ((best - 1) << 1), 5);
  putPrefixCode(lengths, alphabet, used, symbolWidth(alphabet));
  const codes = allocateZeroed(alphabet << 1);
  assignCodes(lengths, alphabet, codes);
  for (let i: u32 = 0; i < n; i++) {
    const entry = load<u32>(symbols + (i << 2));
    const symbol = entry & 0xffff;
    if (used > 1) put(load<u16>(codes + (symbol << 1)), load<u8>(lengths + symbol));
    if (symbol > 0 && symbol <= best) put(entry >> 16, symbol);
  }
  // IMTF: the map was moved to front.
  put(1, 1);
  release(before);
}

/** Bits that `putContextMap` would take for the map after NTREES. */
export function contextMapBits(map: usize, size: u32, trees: u32): u32 {
  const before = mark();
  const values = allocate(size << 1);
  const symbols = allocate(size << 2);
  const bits = leastBits(map, size, trees, values, symbols, allocate(1100), allocate(275));
  release(before);
  return bits;
}

/** The longest kind of run with which the last map takes the fewest bits. */
let longestRun: u32 = 0;

/** The fewest bits for the map; moves it to front into `values`, and sets `longestRun`. */
function leastBits(
  map: usize,
  size: u32,
  trees: u32,
  values: usize,
  symbols: usize,
  counts: usize,
  lengths: usize,
): u32 {
  moveToFront(map, size, values);
  let least: u32 = u32.MAX_VALUE;
  for (let longest: u32 = 0; longest <= 8; longest++) {
    const bits = describe(values, size, longest, trees, symbols, counts, lengths);
    if (bits >= least) continue;
    least = bits;
    longestRun = longest;
  }
  return least;
}

function countSymbols(symbols: usize, n: u32, counts: usize, alphabet: u32): void {
  memory.fill(counts, 0, alphabet << 2);
  for (let i: u32 = 0; i < n; i++) {
    const at = counts + ((load<u32>(symbols + (i << 2)) & 0xffff) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

function describe(values: usize, size: u32, longest: u32, trees: u32, symbols: usize, counts: usize, lengths: usize): u32 {
  const n = collectSymbols(values, size, longest, symbols);
  const alphabet = trees + longest;
  countSymbols(symbols, n, counts, alphabet);
  const used = buildLengths(counts, alphabet, 15, lengths);
  let bits = prefixCodeBits(lengths, alphabet, used, symbolWidth(alphabet)) + (longest == 0 ? 1 : 5);
  for (let i: u32 = 0; i < n; i++) {
    const symbol = load<u32>(symbols + (i << 2)) & 0xffff;
    if (used > 1) bits += u32(load<u8>(lengths + symbol));
    if (symbol <= longest) bits += symbol;
  }
  return bits;
}
