// Words of the static dictionary (RFC 7932 §8), where the caller has supplied it.
import { MAX_DISTANCE } from "./distance";
import { allocate, allocateZeroed, keepAll } from "./memory";

/** Bytes of the static dictionary (RFC 7932 Appendix A). */
export const WORDS_SIZE: u32 = 122784;
/** Number of words of each length, as a power of two (RFC 7932 §8, NDBITS). */
const sizeBits = memory.data<u8>([0, 0, 0, 0, 10, 10, 11, 11, 10, 10, 10, 10, 10, 9, 9, 8, 7, 7, 8, 7, 7, 6, 6, 5, 5]);
/** Transforms that leave out the last 1 to 9 bytes (RFC 7932 Appendix B). */
const omitLast = memory.data<u8>([0, 12, 27, 23, 42, 63, 56, 48, 59, 64]);
/** Transforms by what is around the word: nothing, space after, space before, both; then capitalized. */
const plain = memory.data<u8>([0, 1, 6, 2]);
const capital = memory.data<u8>([9, 4, 30, 15]);
const HASH_BITS: u32 = 13;

/** Address of the words; 0 without them. */
export let words: usize = 0;
let heads: usize = 0;
let links: usize = 0;
/** For each word its length and its index among the words of that length (u16 each). */
let entries: usize = 0;

/** What `findWord` found: bytes of text, length of the word as coded, and the distance. */
export let wordText: u32 = 0;
export let wordCoded: u32 = 0;
export let wordDistance: u32 = 0;

/** Makes room for the static dictionary, before anything else is reserved; gives its address. */
export function reserveWords(): usize {
  words = allocate(WORDS_SIZE);
  heads = allocateZeroed(2 << HASH_BITS);
  links = allocate(13505 * 2);
  entries = allocate(13505 * 4);
  keepAll();
  return words;
}

export function bitsOfWords(length: u32): u32 {
  return length > 24 ? 0 : load<u8>(sizeBits + length);
}

/** Address of a word. */
export function wordAt(length: u32, index: u32): usize {
  let offset: u32 = 0;
  for (let l: u32 = 4; l < length; l++) offset += l << load<u8>(sizeBits + l);
  return words + offset + length * index;
}

/** Words that differ in the case of the first letter share a chain. */
// @ts-ignore: decorator
@inline
function hashWord(at: usize): u32 {
  return ((load<u32>(at) | 0x20) * 0x9e3779b1) >> (32 - HASH_BITS);
}

export function indexWords(): void {
  let number: u32 = 1;
  let at = words;
  for (let length: u32 = 4; length <= 24; length++) {
    for (let index: u32 = 0, count: u32 = 1 << load<u8>(sizeBits + length); index < count; index++) {
      const head = heads + (hashWord(at) << 1);
      store<u16>(links + (number << 1), load<u16>(head));
      store<u16>(head, u16(number));
      store<u32>(entries + (number << 2), length | (index << 16));
      number++;
      at += length;
    }
  }
}

/**
 * Looks for the word, perhaps transformed, that saves most at `at`, where the first one lies at distance
 * `first`; false where none pays. `room` is what is left of the block.
 */
export function findWord(at: usize, room: u32, first: u32): bool {
  let best: i32 = 0;
  if (words == 0 || room < 8) return false;
  const spaced = load<u8>(at) == 32;
  const from = spaced ? at + 1 : at;
  let number = u32(load<u16>(heads + (hashWord(from) << 1)));
  const before = u32(spaced);
  while (number != 0) {
    const entry = load<u32>(entries + (number << 2));
    number = u32(load<u16>(links + (number << 1)));
    const length = entry & 0xffff;
    const word = wordAt(length, entry >> 16);
    const initial = load<u8>(from);
    const capitalized = initial != load<u8>(word);
    if (capitalized && (initial < 65 || initial > 90 || initial + 32 != load<u8>(word))) continue;
    let same: u32 = 1;
    while (same < length && load<u8>(from + same) == load<u8>(word + same)) same++;
    let text = before + same;
    let transform: u32;
    if (same == length) {
      const after = u32(load<u8>(from + length) == 32);
      text += after;
      transform = load<u8>((capitalized ? capital : plain) + after + (before << 1));
    } else {
      if (spaced || capitalized || same < 4 || length - same > 9) continue;
      transform = load<u8>(omitLast + length - same);
    }
    if (text > room) continue;
    const distance = first + ((transform << load<u8>(sizeBits + length)) | (entry >> 16));
    if (distance > MAX_DISTANCE) continue;
    const gain = i32(text * 5) - i32(32 - clz(distance));
    if (gain <= best) continue;
    best = gain;
    wordText = text;
    wordCoded = length;
    wordDistance = distance;
  }
  return best > 0;
}

export const UNKNOWN: u32 = u32.MAX_VALUE;

/** What a transform does: 1 space after, 2 space before, 4 capitalized, and 16 times the bytes left out. */
export function shapeOf(transform: u32): u32 {
  for (let kind: u32 = 0; kind < 4; kind++) {
    if (load<u8>(plain + kind) == transform) return kind;
    if (load<u8>(capital + kind) == transform) return kind | 4;
  }
  for (let cut: u32 = 1; cut <= 9; cut++) if (load<u8>(omitLast + cut) == transform) return cut << 4;
  return UNKNOWN;
}
