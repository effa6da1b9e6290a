// The decoder's outcomes, texts and position.
export const DECODED: i32 = 0;
export const MALFORMED: i32 = 1;
export const TRUNCATED: i32 = 2;
export const TOO_LARGE: i32 = 3;
export const STATIC_DICTIONARY: i32 = 4;

export let dictionary: usize = 0;
export let dictionaryLength: u32 = 0;
export let output: usize = 0;
export let at: usize = 0;
/** Largest distance to output bytes: 2^WBITS - 16 (RFC 7932 §9.1). */
export let window: u32 = 0;
export const ring = memory.data(16);

export function setStreamDictionary(start: usize, length: u32): void {
  dictionary = start;
  dictionaryLength = length;
}
export function setOutput(start: usize): void {
  output = start;
  at = start;
}
export function setWindow(size: u32): void {
  window = size;
}
export function moveTo(address: usize): void {
  at = address;
}
