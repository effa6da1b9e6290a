// How a prefix code is described in the stream (RFC 7932 §3.4 and §3.5).
import { put } from "./bits";
import { assignCodes, buildLengths } from "./huffman";

/** Order in which the lengths of the code length code are stored (RFC 7932 §3.5). */
const order = memory.data<u8>([1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
const lengthCode = memory.data<u8>([0, 7, 3, 2, 1, 15]);
const lengthCodeBits = memory.data<u8>([2, 4, 3, 2, 2, 4]);

/** Symbols (u8) and extra values (u8) of the run-length coded sequence of lengths. */
const runs = memory.data(1408);
const runCounts = memory.data(72);
const runLengths = memory.data(18);
const runCodes = memory.data(36);
let runTotal: u32 = 0;

function pushRun(symbol: u32, extra: u32): void {
  store<u8>(runs + (runTotal << 1), u8(symbol));
  store<u8>(runs + (runTotal << 1) + 1, u8(extra));
  runTotal++;
}

/** A run of `count` as digits of `base` bits, most significant first: successive 16s or 17s multiply. */
function pushRepeat(symbol: u32, bits: u32, count: u32): void {
  const start = runTotal;
  count -= 3;
  while (true) {
    pushRun(symbol, count & ((1 << bits) - 1));
    count >>= bits;
    if (count == 0) break;
    count--;
  }
  let a = start;
  let b = runTotal - 1;
  while (a < b) {
    const swap = load<u16>(runs + (a << 1));
    store<u16>(runs + (a++ << 1), load<u16>(runs + (b << 1)));
    store<u16>(runs + (b-- << 1), swap);
  }
}

function collectRuns(lengths: usize, size: u32): void {
  runTotal = 0;
  let previous: u32 = 8;
  while (size > 0 && load<u8>(lengths + size - 1) == 0) size--;
  let i: u32 = 0;
  while (i < size) {
    const length = u32(load<u8>(lengths + i));
    let run: u32 = 1;
    while (i + run < size && load<u8>(lengths + i + run) == length) run++;
    i += run;
    if (length == 0) {
      // A run of 11 zeros is cheaper as one zero and a single 17 of ten.
      if (run == 11) {
        pushRun(0, 0);
        run--;
      }
      if (run < 3) for (; run > 0; run--) pushRun(0, 0);
      else pushRepeat(17, 3, run);
      continue;
    }
    if (length != previous) {
      pushRun(length, 0);
      run--;
      previous = length;
    }
    if (run == 7) {
      pushRun(length, 0);
      run--;
    }
    if (run < 3) for (; run > 0; run--) pushRun(length, 0);
    else pushRepeat(16, 2, run);
  }
}

/** Lengths of the code length code for the collected runs; gives the number of symbols used. */
function codeRuns(): u32 {
  memory.fill(runCounts, 0, 72);
  for (let i: u32 = 0; i < runTotal; i++) {
    const at = runCounts + (usize(load<u8>(runs + (i << 1))) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  return buildLengths(runCounts, 18, 5, runLengths);
}

function runHeaderEnd(used: u32): u32 {
  let end: u32 = 18;
  // A lone symbol never fills the code space, so that all 18 lengths have to be there.
  if (used > 1) while (end > 0 && load<u8>(runLengths + usize(load<u8>(order + end - 1))) == 0) end--;
  return end;
}

function runHeaderSkip(): u32 {
  if (load<u8>(runLengths + 1) != 0 || load<u8>(runLengths + 2) != 0) return 0;
  return load<u8>(runLengths + 3) != 0 ? 2 : 3;
}

/** Bits that `putPrefixCode` would take for these lengths. */
export function prefixCodeBits(lengths: usize, size: u32, used: u32, symbolBits: u32): u32 {
  if (used <= 4) {
    return 4 + max(used, 1) * symbolBits + (used == 4 ? 1 : 0);
  }
  collectRuns(lengths, size);
  const kinds = codeRuns();
  let bits: u32 = 2;
  for (let i = runHeaderSkip(), end = runHeaderEnd(kinds); i < end; i++) {
    bits += load<u8>(lengthCodeBits + usize(load<u8>(runLengths + usize(load<u8>(order + i)))));
  }
  for (let s: u32 = 0; s < 18; s++) {
    const extra = s == 16 ? 2 : s == 17 ? 3 : 0;
    const length = kinds > 1 ? u32(load<u8>(runLengths + s)) : 0;
    bits += load<u32>(runCounts + (s << 2)) * (length + extra);
  }
  return bits;
}

/** RFC 7932 §3.4: up to four symbols, listed. */
function putSimple(lengths: usize, size: u32, used: u32, symbolBits: u32): void {
  put(1, 2);
  put(max(used, 1) - 1, 2);
  if (used == 0) {
    put(0, symbolBits);
    return;
  }
  let longest: u32 = 0;
  for (let length: u32 = 1; length <= 3; length++) {
    for (let s: u32 = 0; s < size; s++) {
      if (load<u8>(lengths + s) == length) {
        put(s, symbolBits);
        longest = length;
      }
    }
  }
  if (used == 4) put(longest == 3 ? 1 : 0, 1);
}

/** Describes the code with these lengths; `symbolBits` is the width of a symbol of the alphabet. */
export function putPrefixCode(lengths: usize, size: u32, used: u32, symbolBits: u32): void {
  if (used <= 4) {
    putSimple(lengths, size, used, symbolBits);
    return;
  }
  collectRuns(lengths, size);
  const kinds = codeRuns();
  const skip = runHeaderSkip();
  put(skip, 2);
  for (let i = skip, end = runHeaderEnd(kinds); i < end; i++) {
    const length = usize(load<u8>(runLengths + usize(load<u8>(order + i))));
    put(load<u8>(lengthCode + length), load<u8>(lengthCodeBits + length));
  }
  assignCodes(runLengths, 18, runCodes);
  for (let i: u32 = 0; i < runTotal; i++) {
    const symbol = usize(load<u8>(runs + (i << 1)));
    if (kinds > 1) put(load<u16>(runCodes + (symbol << 1)), load<u8>(runLengths + symbol));
    if (symbol >= 16) put(load<u8>(runs + (i << 1) + 1), symbol == 16 ? 2 : 3);
  }
}

/** Width of a symbol in a simple prefix code for an alphabet of `size` (RFC 7932 §3.4). */
export function symbolWidth(size: u32): u32 {
  return size < 2 ? 0 : 32 - clz(size - 1);
}
