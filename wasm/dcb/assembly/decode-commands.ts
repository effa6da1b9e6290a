// The content of a compressed metablock, read (RFC 7932 §10).
import { contextOf } from "./context";
import { readCategory, stepCategory, typeOf, typesOf } from "./decode-blocks";
import { readCodes, reserve } from "./decode-codes";
import { readContextMap } from "./decode-context-map";
import { DECODED, MALFORMED, STATIC_DICTIONARY, TRUNCATED, at, dictionary, dictionaryLength, moveTo, output, ring, window } from "./decode-state";
import { pushDistance, shortDistance } from "./distance";
import { codesOfSymbol, copyBaseOf, copyBitsOf, insertBaseOf, insertBitsOf } from "./lengths";
import { isExhausted, read } from "./read-bits";
import { readSymbol } from "./read-prefix-code";
import { UNKNOWN, bitsOfWords, shapeOf, wordAt, words } from "./static-words";

/** Distance parameters of the metablock (RFC 7932 §9.2). */
let postfix: u32 = 0;
let direct: u32 = 0;

/** The rest of the header and all commands of a metablock that ends at `end`. */
export function decodeCommands(end: usize): i32 {
  for (let category: u32 = 0; category < 3; category++) if (!readCategory(category)) return MALFORMED;
  const literalTypes = typesOf(0);
  const distanceTypes = typesOf(2);
  postfix = read(2);
  direct = read(4) << postfix;
  const modes = reserve(literalTypes);
  const literalMap = reserve(literalTypes << 6);
  const distanceMap = reserve(distanceTypes << 2);
  for (let t: u32 = 0; t < literalTypes; t++) store<u8>(modes + t, u8(read(2)));
  const literalTrees = readContextMap(literalMap, literalTypes << 6);
  if (literalTrees == 0) return MALFORMED;
  const distanceTrees = readContextMap(distanceMap, distanceTypes << 2);
  if (distanceTrees == 0) return MALFORMED;
  const literalCodes = readCodes(literalTrees, 256);
  if (literalCodes == 0) return MALFORMED;
  const commandCodes = readCodes(typesOf(1), 704);
  if (commandCodes == 0) return MALFORMED;
  const distanceCodes = readCodes(distanceTrees, 16 + direct + (48 << postfix));
  if (distanceCodes == 0) return MALFORMED;
  let last: u32 = at > output ? u32(load<u8>(at - 1)) : 0;
  let before: u32 = at > output + 1 ? u32(load<u8>(at - 2)) : 0;

  while (at < end) {
    if (isExhausted()) return TRUNCATED;
    stepCategory(1);
    const symbol = readSymbol(load<u32>(commandCodes + (typeOf(1) << 2)));
    const codes = codesOfSymbol(symbol);
    const insert = insertBaseOf(codes & 0xffff) + read(insertBitsOf(codes & 0xffff));
    const copy = copyBaseOf(codes >> 16) + read(copyBitsOf(codes >> 16));
    if (insert > u32(end - at)) return MALFORMED;
    for (let i: u32 = 0; i < insert; i++) {
      stepCategory(0);
      const type = typeOf(0);
      const context = contextOf(u32(load<u8>(modes + type)), last, before);
      const tree = u32(load<u8>(literalMap + ((type << 6) | context)));
      if (tree >= literalTrees) return MALFORMED;
      const byte = readSymbol(load<u32>(literalCodes + (tree << 2)));
      store<u8>(at, u8(byte));
      moveTo(at + 1);
      before = last;
      last = byte;
    }
    if (at == end) break;
    let distance = load<u32>(ring);
    if (symbol >= 128) {
      stepCategory(2);
      const tree = u32(load<u8>(distanceMap + ((typeOf(2) << 2) | (min(copy, 5) - 2))));
      if (tree >= distanceTrees) return MALFORMED;
      const code = readSymbol(load<u32>(distanceCodes + (tree << 2)));
      const value = code < 16 ? shortDistance(ring, code) : explicitDistance(code);
      if (value <= 0) return MALFORMED;
      distance = u32(value);
      if (code != 0 && distance <= reach() + dictionaryLength) pushDistance(ring, distance);
    }
    const outcome = copyMatch(distance, copy, end);
    if (outcome != DECODED) return outcome;
    last = u32(load<u8>(at - 1));
    before = u32(load<u8>(at - 2));
  }
  return DECODED;
}

/** RFC 7932 §4. */
function explicitDistance(code: u32): i32 {
  code -= 16;
  if (code < direct) return i32(code + 1);
  code -= direct;
  const high = code >> postfix;
  const bits = 1 + (high >> 1);
  const offset = ((2 + (high & 1)) << bits) - 4;
  return i32(((offset + read(bits)) << postfix) + (code & ((1 << postfix) - 1)) + direct + 1);
}

/** Largest distance to output bytes. */
// @ts-ignore: decorator
@inline
function reach(): u32 {
  return min(u32(at - output), window);
}

/** RFC 9841: beyond the window lies the raw dictionary, beyond that the static one. */
function copyMatch(distance: u32, copy: u32, end: usize): i32 {
  const beyond = i32(distance - reach());
  const fits = copy <= u32(end - at);
  if (beyond <= 0) {
    if (!fits) return MALFORMED;
    let source = at - distance;
    for (let to = at, stop = at + copy; to < stop; to++) store<u8>(to, load<u8>(source++));
    moveTo(at + copy);
    return DECODED;
  }
  if (u32(beyond) > dictionaryLength) return copyWord(u32(beyond) - dictionaryLength - 1, copy, end);
  if (!fits || copy > u32(beyond)) return MALFORMED;
  memory.copy(at, dictionary + dictionaryLength - beyond, copy);
  moveTo(at + copy);
  return DECODED;
}

/** RFC 7932 §8: a word of the static dictionary, under the transforms that our encoder uses. */
function copyWord(number: u32, length: u32, end: usize): i32 {
  if (words == 0) return STATIC_DICTIONARY;
  const bits = bitsOfWords(length);
  if (bits == 0) return MALFORMED;
  const shape = shapeOf(number >> bits);
  if (shape == UNKNOWN) return STATIC_DICTIONARY;
  const cut = shape >> 4;
  const text = length - min(cut, length) + (shape & 1) + ((shape >> 1) & 1);
  if (text > u32(end - at)) return MALFORMED;
  let to = at;
  if ((shape & 2) != 0) store<u8>(to++, 32);
  memory.copy(to, wordAt(length, number & ((1 << bits) - 1)), length - min(cut, length));
  if ((shape & 4) != 0) {
    const initial = load<u8>(to);
    // Other letters would need the two and three byte rules of §8.
    if (initial >= 192) return STATIC_DICTIONARY;
    if (initial >= 97 && initial <= 122) store<u8>(to, initial - 32);
  }
  to += length - min(cut, length);
  if ((shape & 1) != 0) store<u8>(to, 32);
  moveTo(at + text);
  return DECODED;
}
