// A decoder for streams with a raw dictionary (RFC 7932 §10, RFC 9841 §3).
import { contextOf, prepareContexts } from "./context";
import { copyBaseOf, copyBitsOf, countBaseOf, countBitsOf, insertBaseOf, insertBitsOf, codesOfSymbol } from "./lengths";
import { pushDistance, shortDistance, startRing } from "./distance";
import { allocate, startArena } from "./memory";
import { alignReader, isAtEnd, isExhausted, read, readAt, readFrom } from "./read-bits";
import { CODE_HEADER, readPrefixCode, readSymbol } from "./read-prefix-code";

export const DECODED: i32 = 0;
export const MALFORMED: i32 = 1;
export const TRUNCATED: i32 = 2;
export const TOO_LARGE: i32 = 3;
export const STATIC_DICTIONARY: i32 = 4;

const ring = memory.data(16);
/** Per category (literals, commands, distances): types, type, type before, symbols left, two codes. */
const categories = memory.data(72);
/** Most room that the codes and context maps of one metablock can take. */
const CODES: u32 = 1 << 20;
let codesStart: usize = 0;
let codesNow: usize = 0;
let stream: usize = 0;
let streamLength: u32 = 0;
let dictionary: usize = 0;
let dictionaryLength: u32 = 0;
let output: usize = 0;
let at: usize = 0;
let limit: u32 = 0;
let window: u32 = 0;
let postfix: u32 = 0;
let direct: u32 = 0;

/** Makes room for a stream of `length` bytes, to be called first; gives its address. */
export function reserveStream(length: u32): usize {
  startArena();
  prepareContexts();
  streamLength = length;
  stream = allocate(length);
  return stream;
}

/** Makes room for the stream's dictionary, to be called second; gives its address. */
export function reserveStreamDictionary(length: u32): usize {
  dictionaryLength = length;
  dictionary = allocate(length);
  codesStart = allocate(CODES);
  return dictionary;
}

export function decodedStart(): usize {
  return output;
}
export function decodedLength(): u32 {
  return u32(at - output);
}

/** Decodes the reserved stream to at most `most` bytes; gives one of the outcomes above. */
export function decode(most: u32): i32 {
  output = allocate(0);
  at = output;
  limit = most;
  readFrom(stream, stream + streamLength);
  startRing(ring);
  if (!readWindow()) return MALFORMED;
  while (true) {
    const last = read(1) == 1;
    if (last && read(1) == 1) break;
    const outcome = decodeMetablock(last);
    if (isExhausted()) return TRUNCATED;
    if (outcome != DECODED) return outcome;
    if (last) break;
  }
  if (isExhausted()) return TRUNCATED;
  return alignReader() && isAtEnd() ? DECODED : MALFORMED;
}

/** RFC 7932 §9.1; the large-window extension is refused. */
function readWindow(): bool {
  let bits: u32 = 16;
  if (read(1) == 1) {
    bits = 17 + read(3);
    if (bits == 17) {
      const more = read(3);
      if (more == 1) return false;
      if (more > 1) bits = 8 + more;
    }
  }
  window = (1 << bits) - 16;
  return true;
}

/** RFC 7932 §9.2 up to ISUNCOMPRESSED, then the content. */
function decodeMetablock(last: bool): i32 {
  const nibbles = read(2) + 4;
  if (nibbles == 7) return skipMetadata();
  let length: u32 = 0;
  for (let n: u32 = 0; n < nibbles; n++) length |= read(4) << (n << 2);
  if (nibbles > 4 && length >> ((nibbles - 1) << 2) == 0) return MALFORMED;
  length++;
  if (u64(at - output) + u64(length) > u64(limit)) return TOO_LARGE;
  // Room for what the metablock adds; the arena only grows here.
  allocate(length);
  if (!last && read(1) == 1) return copyUncompressed(length);
  codesNow = codesStart;
  return decodeCommands(at + length);
}

/** RFC 7932 §9.2, MNIBBLES 0: bytes that are no content. */
function skipMetadata(): i32 {
  if (read(1) != 0) return MALFORMED;
  const bytes = read(2);
  let length: u32 = 0;
  for (let n: u32 = 0; n < bytes; n++) length |= read(8) << (n << 3);
  if (bytes > 0) {
    if (bytes > 1 && length >> ((bytes - 1) << 3) == 0) return MALFORMED;
    length++;
  }
  if (!alignReader()) return MALFORMED;
  for (; length > 0 && !isExhausted(); length--) read(8);
  return DECODED;
}

function copyUncompressed(length: u32): i32 {
  if (!alignReader()) return MALFORMED;
  const from = readAt();
  if (u64(from) + u64(length) > u64(stream + streamLength)) return TRUNCATED;
  memory.copy(at, from, length);
  at += length;
  readFrom(from + length, stream + streamLength);
  return DECODED;
}

function newCode(size: u32): usize {
  const code = codesNow;
  codesNow += CODE_HEADER + ((size + 3) & ~3) * 2;
  return readPrefixCode(code, size) ? code : 0;
}

/** A value of 1 to 256 (RFC 7932 §9.2). */
function readVariable(): u32 {
  if (read(1) == 0) return 1;
  const bits = read(3);
  return (1 << bits) + read(bits) + 1;
}

// @ts-ignore: decorator
@inline
function typeOf(category: u32): u32 {
  return load<u32>(categories + category * 24, 4);
}

function readCount(code: usize): u32 {
  const symbol = readSymbol(code);
  return countBaseOf(symbol) + read(countBitsOf(symbol));
}

/** Types and counts of a category (RFC 7932 §9.2). */
function readCategory(category: u32): bool {
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
function stepCategory(category: u32): void {
  const own = categories + category * 24;
  const left = load<u32>(own, 12);
  if (left == 0) nextBlock(own);
  else store<u32>(own, left - 1, 12);
}

function nextBlock(own: usize): void {
  const types = load<u32>(own);
  const code = readSymbol(load<u32>(own, 16));
  const current = load<u32>(own, 4);
  let type = code == 0 ? load<u32>(own, 8) : code == 1 ? current + 1 : code - 2;
  if (type >= types) type -= types;
  store<u32>(own, current, 8);
  store<u32>(own, type, 4);
  store<u32>(own, readCount(load<u32>(own, 20)) - 1, 12);
}

/** Reads NTREES and a context map (RFC 7932 §7.3) to `map`; gives NTREES, 0 where it is not valid. */
function readContextMap(map: usize, size: u32): u32 {
  const trees = readVariable();
  memory.fill(map, 0, size);
  if (trees == 1) return 1;
  const longest = read(1) == 1 ? read(4) + 1 : 0;
  const code = newCode(trees + longest);
  if (code == 0) return 0;
  let i: u32 = 0;
  while (i < size) {
    const symbol = readSymbol(code);
    if (symbol > longest) {
      store<u8>(map + i++, u8(symbol - longest));
      continue;
    }
    const run = (1 << symbol) + read(symbol);
    if (i + run > size) return 0;
    i += run;
  }
  if (read(1) == 1) undoMoveToFront(map, size);
  return trees;
}

function undoMoveToFront(map: usize, size: u32): void {
  const front = memory.data(256);
  for (let i: u32 = 0; i < 256; i++) store<u8>(front + i, u8(i));
  for (let i: u32 = 0; i < size; i++) {
    const rank = u32(load<u8>(map + i));
    const value = load<u8>(front + rank);
    store<u8>(map + i, value);
    memory.copy(front + 1, front, rank);
    store<u8>(front, value);
  }
}

/** Addresses (u32) of `count` codes over `size` symbols each; 0 where one is not valid. */
function readCodes(count: u32, size: u32): usize {
  const list = codesNow;
  codesNow += count << 2;
  for (let c: u32 = 0; c < count; c++) {
    const code = newCode(size);
    if (code == 0) return 0;
    store<u32>(list + (c << 2), u32(code));
  }
  return list;
}

/** The rest of the header and all commands of a metablock that ends at `end`. */
function decodeCommands(end: usize): i32 {
  for (let category: u32 = 0; category < 3; category++) if (!readCategory(category)) return MALFORMED;
  const literalTypes = load<u32>(categories);
  const distanceTypes = load<u32>(categories, 48);
  postfix = read(2);
  direct = read(4) << postfix;
  const modes = codesNow;
  const literalMap = modes + literalTypes;
  const distanceMap = literalMap + (literalTypes << 6);
  codesNow = (distanceMap + (distanceTypes << 2) + 7) & ~7;
  for (let t: u32 = 0; t < literalTypes; t++) store<u8>(modes + t, u8(read(2)));
  const literalTrees = readContextMap(literalMap, literalTypes << 6);
  if (literalTrees == 0) return MALFORMED;
  const distanceTrees = readContextMap(distanceMap, distanceTypes << 2);
  if (distanceTrees == 0) return MALFORMED;
  codesNow = (codesNow + 7) & ~7;
  const literalCodes = readCodes(literalTrees, 256);
  if (literalCodes == 0) return MALFORMED;
  const commandCodes = readCodes(load<u32>(categories, 24), 704);
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
      store<u8>(at++, u8(byte));
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

/** RFC 9841 §3.2: beyond the window lies the raw dictionary, beyond that the static one. */
function copyMatch(distance: u32, copy: u32, end: usize): i32 {
  const beyond = i32(distance - reach());
  if (copy > u32(end - at)) return MALFORMED;
  if (beyond <= 0) {
    let source = at - distance;
    for (const stop = at + copy; at < stop; at++) store<u8>(at, load<u8>(source++));
    return DECODED;
  }
  if (u32(beyond) > dictionaryLength) return STATIC_DICTIONARY;
  if (copy > u32(beyond)) return MALFORMED;
  memory.copy(at, dictionary + dictionaryLength - beyond, copy);
  at += copy;
  return DECODED;
}
