import { TERMS } from "./terms.ts";

/** Slots of a filter; a power of two. */
const SLOTS = 1 << 14;
/** Hashes of single words, and of pairs of words. */
const WORDS = new Uint8Array(SLOTS);
const PAIRS = new Uint8Array(SLOTS);

for (const name of TERMS.keys()) {
  const [first = 0, second] = name.split(" ").map(hashOf);
  if (second === undefined) WORDS[slotOf(first)] = 1;
  else PAIRS[slotOfPair(first, second)] = 1;
}

function hashOf(word: string): number {
  let hash = 0;
  for (let i = 0; i < word.length; i++) hash = hashOn(hash, word.charCodeAt(i));
  return hash;
}

/** Adds a letter of any case to a hash. */
function hashOn(hash: number, code: number): number {
  return (Math.imul(hash, 33) + (code | 0x20)) | 0;
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 13)) & (SLOTS - 1);
}

function slotOfPair(first: number, second: number): number {
  return slotOf((Math.imul(first, 31) + second) | 0);
}

/**
 * Whether words in classes or an id may be terms; false is certain. Reads each character once and
 * creates no strings, since nearly all names say nothing.
 */
export function mayHaveTerms(text: string, start: number, end: number): boolean {
  // The hashes of this word, of the one before, and of all letters since white space.
  let word = 0;
  let before = 0;
  let whole = 0;
  let isWhole = true;
  let isAfterLower = false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    const lower = code | 0x20;
    if (lower >= 0x61 && lower <= 0x7a && code < 0x80) {
      if (code !== lower && isAfterLower) {
        if (isTerm(before, word)) return true;
        before = word;
        word = 0;
      }
      word = hashOn(word, code);
      whole = hashOn(whole, code);
      isAfterLower = code === lower;
      continue;
    }
    // Some letters are those of ASCII in lower case; `&` may begin a reference.
    if (code > 0x7f || code === 0x26) return true;
    if (word !== 0) {
      if (isTerm(before, word)) return true;
      before = word;
      word = 0;
    }
    if (isWhole && whole !== 0 && WORDS[slotOf(whole)] === 1) return true;
    isAfterLower = false;
    isWhole = code <= 0x20;
    if (isWhole) whole = 0;
  }
  if (word !== 0 && isTerm(before, word)) return true;
  return isWhole && whole !== 0 && WORDS[slotOf(whole)] === 1;
}

function isTerm(before: number, word: number): boolean {
  if (WORDS[slotOf(word)] === 1) return true;
  return before !== 0 && PAIRS[slotOfPair(before, word)] === 1;
}
