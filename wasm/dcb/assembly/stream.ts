// The texts of the current call and how distances name their bytes (RFC 7932 §2, RFC 9841).
import { MatchIndex } from "./match-index";

/** The dictionary lies right before the input, so that a copy is one address away in most cases. */
export let dictionaryStart: usize = 0;
export let inputStart: usize = 0;
export let inputEnd: usize = 0;
/** Largest backward distance within the output: 2^WBITS - 16 (RFC 7932 §9.1). */
export let windowSize: u32 = 0;
export let dictionaryIndex: MatchIndex = changetype<MatchIndex>(0);
export let inputIndex: MatchIndex = changetype<MatchIndex>(0);
/** The last four distances at the start of the current metablock. */
export const streamRing = memory.data(16);

export function setDictionary(start: usize, end: usize, index: MatchIndex): void {
  dictionaryStart = start;
  inputStart = end;
  dictionaryIndex = index;
}

export function setInput(end: usize, window: u32, index: MatchIndex): void {
  inputEnd = end;
  windowSize = window;
  inputIndex = index;
  index.start = inputStart;
}

/** Distance of the byte at `source` seen from `at` (RFC 9841: the dictionary follows the window). */
// @ts-ignore: decorator
@inline
export function distanceOf(at: usize, source: usize): u32 {
  if (source >= inputStart) return u32(at - source);
  return min(u32(at - inputStart), windowSize) + u32(inputStart - source);
}

/** Distance of the first static word: they lie beyond the dictionary (RFC 9841). */
// @ts-ignore: decorator
@inline
export function firstWord(at: usize): u32 {
  return min(u32(at - inputStart), windowSize) + u32(inputStart - dictionaryStart) + 1;
}

/** Address that `distance` leads to from `at`; 0 where it leads nowhere. */
// @ts-ignore: decorator
@inline
export function sourceOf(at: usize, distance: i32): usize {
  if (distance <= 0) return 0;
  const back = i32(min(at - inputStart, windowSize));
  if (distance <= back) return at - distance;
  const source = inputStart - (distance - back);
  return source >= dictionaryStart && distance - back <= i32(inputStart - dictionaryStart) ? source : 0;
}

/** Longest copy from `source` to `at` when the metablock ends at `end`: one from the dictionary stops at its end. */
// @ts-ignore: decorator
@inline
export function copyLimit(at: usize, source: usize, end: usize): u32 {
  const room = u32(end - at);
  return source < inputStart ? min(room, u32(inputStart - source)) : room;
}
