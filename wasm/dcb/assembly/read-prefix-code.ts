// Reading prefix codes (RFC 7932 §3): a table by length and symbols in canonical order.
import { peek, read, skip } from "./read-bits";
import { symbolWidth } from "./prefix-code";

/** A code takes 64 bytes for amounts by length (u16), then its symbols (u16) in order. */
export const CODE_HEADER: u32 = 64;
const order = memory.data<u8>([1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
/** Symbol of each 4-bit pattern of the code for code length code lengths, and its width. */
const patterns = memory.data<u8>([0, 4, 3, 2, 0, 4, 3, 1, 0, 4, 3, 2, 0, 4, 3, 5]);
const widths = memory.data<u8>([2, 2, 2, 3, 2, 2, 2, 4, 2, 2, 2, 3, 2, 2, 2, 4]);
const lengths = memory.data(1200);
const lengthCode = memory.data(64 + 36);

/** Fills `code` from the lengths; false where the code is neither complete nor a lone symbol. */
function makeCode(code: usize, from: usize, size: u32): bool {
  memory.fill(code, 0, CODE_HEADER);
  let used: u32 = 0;
  for (let s: u32 = 0; s < size; s++) {
    const length = usize(load<u8>(from + s));
    if (length == 0) continue;
    used++;
    store<u16>(code + (length << 1), load<u16>(code + (length << 1)) + 1);
  }
  let space: u32 = 0;
  let n: u32 = 0;
  for (let length: u32 = 1; length <= 15; length++) {
    const amount = u32(load<u16>(code + (length << 1)));
    space += amount << (15 - length);
    if (amount == 0) continue;
    for (let s: u32 = 0; s < size; s++) {
      if (load<u8>(from + s) == length) store<u16>(code + CODE_HEADER + (n++ << 1), u16(s));
    }
  }
  if (used == 1) {
    memory.fill(code, 0, CODE_HEADER);
    return true;
  }
  return space == 1 << 15;
}

/** The next symbol; a code whose amounts are all zero has one symbol and takes no bits. */
export function readSymbol(code: usize): u32 {
  const bits = peek(15);
  let first: u32 = 0;
  let index: u32 = 0;
  let value: u32 = 0;
  for (let length: u32 = 1; length <= 15; length++) {
    value = (value << 1) | ((bits >> (length - 1)) & 1);
    const amount = u32(load<u16>(code + (length << 1)));
    if (value - first < amount) {
      skip(length);
      return load<u16>(code + CODE_HEADER + ((index + value - first) << 1));
    }
    index += amount;
    first = (first + amount) << 1;
  }
  return load<u16>(code + CODE_HEADER);
}

/** RFC 7932 §3.4. */
function readSimple(code: usize, size: u32): bool {
  const used = read(2) + 1;
  const width = symbolWidth(size);
  memory.fill(lengths, 0, size);
  const symbols = memory.data(16);
  for (let i: u32 = 0; i < used; i++) {
    const symbol = read(width);
    if (symbol >= size || load<u8>(lengths + symbol) != 0) return false;
    store<u32>(symbols + (i << 2), symbol);
    store<u8>(lengths + symbol, 1);
  }
  const deep = used == 4 && read(1) == 1;
  for (let i: u32 = 0; i < used; i++) {
    let length: u32 = 1;
    if (used == 3) length = i == 0 ? 1 : 2;
    else if (used == 4) length = deep ? min(i + 1, 3) : 2;
    store<u8>(lengths + load<u32>(symbols + (i << 2)), u8(length));
  }
  return makeCode(code, lengths, size);
}

/** Reads a prefix code over `size` symbols to `code`; false where it is not valid. */
export function readPrefixCode(code: usize, size: u32): bool {
  const kind = read(2);
  if (kind == 1) return readSimple(code, size);
  const own = memory.data(18);
  memory.fill(own, 0, 18);
  let space: i32 = 32;
  let kinds: u32 = 0;
  for (let i = kind; i < 18 && space > 0; i++) {
    const pattern = peek(4);
    skip(load<u8>(widths + pattern));
    const length = load<u8>(patterns + pattern);
    if (length == 0) continue;
    store<u8>(own + usize(load<u8>(order + i)), length);
    space -= 32 >> i32(length);
    kinds++;
  }
  if (kinds != 1 && space != 0) return false;
  if (!makeCode(lengthCode, own, 18)) return false;
  return readLengths(size) && makeCode(code, lengths, size);
}

/** RFC 7932 §3.5: the run-length coded lengths. */
function readLengths(size: u32): bool {
  memory.fill(lengths, 0, size);
  let space: i32 = 1 << 15;
  let previous: u32 = 8;
  let repeated: u32 = 0;
  let repeats: u32 = 0;
  let s: u32 = 0;
  while (s < size && space > 0) {
    const symbol = readSymbol(lengthCode);
    if (symbol < 16) {
      repeats = 0;
      store<u8>(lengths + s++, u8(symbol));
      if (symbol != 0) {
        previous = symbol;
        space -= 32768 >> symbol;
      }
      continue;
    }
    const bits = symbol - 14;
    const length = symbol == 16 ? previous : 0;
    if (repeats == 0 || repeated != symbol) repeats = 0;
    repeated = symbol;
    const old = repeats;
    if (repeats > 0) repeats = (repeats - 2) << bits;
    repeats += read(bits) + 3;
    const more = repeats - old;
    if (s + more > size) return false;
    memory.fill(lengths + s, u8(length), more);
    s += more;
    if (length != 0) space -= i32(more) << (15 - length);
  }
  return space == 0;
}
