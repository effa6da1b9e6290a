// Block types and counts, read (RFC 7932 §6 and §9.2).
import { newCode } from "./decode-codes";
import { countBaseOf, countBitsOf } from "./lengths";
import { read } from "./read-bits";
import { readSymbol } from "./read-prefix-code";

/** Per category (literals, commands, distances): types, type, type before, symbols left, two codes. */
const categories = memory.data(72);

// @ts-ignore: decorator
@inline
export function typesOf(category: u32): u32 {
  return load<u32>(categories + category * 24);
}

/** A value of 1 to 256 (RFC 7932 §9.2). */
export function readVariable(): u32 {
  if (read(1) == 0) return 1;
  const bits = read(3);
  return (1 << bits) + read(bits) + 1;
}

// @ts-ignore: decorator
@inline
export function typeOf(category: u32): u32 {
  return load<u32>(categories + category * 24, 4);
}

export function readCount(code: usize): u32 {
  const symbol = readSymbol(code);
  return countBaseOf(symbol) + read(countBitsOf(symbol));
}

/** Types and counts of a category (RFC 7932 §9.2). */
export function readCategory(category: u32): bool {
  const own = categories + category * 24;
  const types = readVariable();
  store<u32>(own, types);
  store<u32>(own, 0, 4);
  store<u32>(own, 1, 8);
  store<u32>(own, u32.MAX_VALUE, 12);
  if (types == 1) return true;
  const typeCode = newCode(types + 2);
  const countCode = newCode(26);
  if (typeCode == 0 || countCode == 0) return false;
  store<u32>(own, u32(typeCode), 16);
  store<u32>(own, u32(countCode), 20);
  store<u32>(own, readCount(countCode), 12);
  return true;
}

/** Before each symbol: the next block where one is used up (RFC 7932 §6). */
// @ts-ignore: decorator
@inline
export function stepCategory(category: u32): void {
  const own = categories + category * 24;
  const left = load<u32>(own, 12);
  if (left == 0) nextBlock(own);
  else store<u32>(own, left - 1, 12);
}

export function nextBlock(own: usize): void {
  const types = load<u32>(own);
  const code = readSymbol(load<u32>(own, 16));
  const current = load<u32>(own, 4);
  let type = code == 0 ? load<u32>(own, 8) : code == 1 ? current + 1 : code - 2;
  if (type >= types) type -= types;
  store<u32>(own, current, 8);
  store<u32>(own, type, 4);
  store<u32>(own, readCount(load<u32>(own, 20)) - 1, 12);
}
