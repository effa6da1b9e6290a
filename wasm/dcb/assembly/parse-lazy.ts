// Lazy parsing: the best copy at a position is taken unless the next position has a better one.
import { commandCount, literalCount, pushCommand, startCommands } from "./command";
import { MAX_DISTANCE, distanceValue, pushDistance, shortDistance } from "./distance";
import { level } from "./level";
import { MatchIndex, hashLong, hashShort, insertLong, insertRange, insertShort } from "./match-index";
import { matchLength } from "./match-length";
import { endRing } from "./parse";
import { findWord, wordCoded, wordDistance, wordText, words } from "./static-words";
import { copyLimit, dictionaryIndex, dictionaryStart, distanceOf, firstWord, inputEnd, inputIndex, inputStart, sourceOf, streamRing, windowSize } from "./stream";

/** Bits that a literal, a command and a distance cost by habit, in 1/16. */
const LITERAL: i32 = 88;
const COMMAND: i32 = 96;
const EXPLICIT: i32 = 72;
/** How much more the next position has to save: a literal less before the copy is a change of plan. */
const DEFERRAL: i32 = 56;
const EDGE: u32 = 1 << 13;
/** After so many bytes of input it is counted how many of them the dictionary gave. */
const STRETCH: u32 = 1 << 15;
/** If more than one position in eight was searched, each candidate beyond a copy of so many bytes counts four times. */
const GOOD: u32 = 8;
const DENSE: u32 = STRETCH >> 3;
/** Candidates in the dictionary while it gives less than one byte in 64. */
const FEW_CANDIDATES: u32 = 2;

const ring = memory.data(16);
let bestGain: i32 = 0;
let bestLength: u32 = 0;
let bestSource: usize = 0;
/** Coded length and distance of a static word, where one is best; else 0. */
let bestCoded: u32 = 0;
let bestDistance: u32 = 0;
let dictionaryChain: u32 = 0;
let fromDictionary: u32 = 0;
let stretchEnd: usize = 0;
let searches: u32 = 0;
let good: u32 = 0;

function consider(at: usize, source: usize, limit: usize): void {
  const room = copyLimit(at, source, limit);
  if (room <= bestLength || load<u8>(source + bestLength) != load<u8>(at + bestLength)) return;
  const length = matchLength(source, at, room);
  if (length <= bestLength) return;
  const distance = distanceOf(at, source);
  if (distance > MAX_DISTANCE) return;
  const gain = i32(length) * LITERAL - EXPLICIT - ((32 - clz(distance)) << 4);
  if (gain <= bestGain) return;
  bestGain = gain;
  bestLength = length;
  bestSource = source;
}

function walk(index: MatchIndex, at: usize, limit: usize, candidates: u32, nearest: usize): void {
  let source: usize = load<u32>(index.heads + (hashShort(at, index) << 2));
  const mask = index.mask;
  const start = index.start;
  const previous = index.previous;
  while (source != 0 && source >= nearest && candidates > 0) {
    candidates -= bestLength >= good ? min(candidates, 4) : 1;
    consider(at, source, limit);
    const next: usize = load<u32>(previous + (((source - start) & mask) << 2));
    if (next >= source) return;
    source = next;
  }
}

/** Looks for the copy or the static word that saves most at `at`. */
function search(at: usize, limit: usize): void {
  bestCoded = 0;
  searches++;
  searchCopies(at, limit);
  if (words == 0 || bestLength >= 16 || !findWord(at, u32(limit - at), firstWord(at))) return;
  const gain = i32(wordText) * LITERAL - EXPLICIT - ((32 - clz(wordDistance)) << 4);
  if (gain <= bestGain) return;
  bestGain = gain;
  bestLength = wordText;
  bestCoded = wordCoded;
  bestDistance = wordDistance;
}

function searchCopies(at: usize, limit: usize): void {
  bestGain = 0;
  bestLength = 3;
  const head = load<u32>(at);
  for (let code: u32 = 0; code < level.shortCodes; code++) {
    const source = sourceOf(at, shortDistance(ring, code));
    // At the last distances, two or three bytes pay too: those that columns of a table share.
    if (source == 0 || (code < 4 ? u16(load<u16>(source) ^ u16(head)) != 0 : load<u32>(source) != head)) continue;
    const length = matchLength(source, at, copyLimit(at, source, limit));
    if (length < 2) continue;
    const gain = i32(length) * LITERAL - (code == 0 ? 0 : code < 4 ? 64 : 88);
    if (gain > bestGain) {
      bestGain = gain;
      bestLength = length;
      bestSource = source;
    }
  }
  if (bestLength >= level.enough || limit - at < 8) return;
  const far: usize = load<u32>(dictionaryIndex.longs + (hashLong(at, dictionaryIndex) << 2));
  if (far != 0) consider(at, far, limit);
  const near: usize = load<u32>(inputIndex.longs + (hashLong(at, inputIndex) << 2));
  if (near != 0 && at - near <= windowSize) consider(at, near, limit);
  // A copy that ends with the dictionary may be one of many: another goes on for longer.
  const few = bestLength >= level.enough;
  const back = min(u32(at - inputStart), min(windowSize, inputIndex.mask));
  walk(inputIndex, at, limit, few || good == GOOD ? level.chain >> 2 : level.chain, at - back);
  walk(dictionaryIndex, at, limit, few ? FEW_CANDIDATES : dictionaryChain, inputStart - min(inputStart, dictionaryIndex.mask));
}

// @ts-ignore: decorator
@inline
function enter(at: usize): void {
  insertShort(inputIndex, at);
  if (((at - inputStart) & 3) == 0) insertLong(inputIndex, at);
}

/** Indexes what a copy covers; of a long one only the ends, since its source is indexed already. */
function enterRange(from: usize, to: usize): void {
  if (to - from <= 2 * EDGE) {
    insertRange(inputIndex, from, to, inputEnd);
    return;
  }
  insertRange(inputIndex, from, from + EDGE, inputEnd);
  insertRange(inputIndex, to - EDGE, to, inputEnd);
}

/** Searches less in a dictionary that gives little, and more again once it does. */
function weighDictionary(at: usize): void {
  dictionaryChain = fromDictionary < u32(at + STRETCH - stretchEnd) >> 6 ? FEW_CANDIDATES : searches > DENSE ? level.dictionaryChain >> 2 : level.dictionaryChain;
  good = searches > DENSE ? GOOD : u32.MAX_VALUE;
  fromDictionary = 0;
  searches = 0;
  stretchEnd = at + STRETCH;
}

/** Parses from `from` to `limit` or until `most` commands or twice as many literals; gives the block's end. */
export function parseLazily(area: usize, from: usize, limit: usize, most: u32): usize {
  startCommands(area);
  memory.copy(ring, streamRing, 16);
  if (from == inputStart) {
    dictionaryChain = level.dictionaryChain;
    fromDictionary = 0;
    searches = 0;
    good = u32.MAX_VALUE;
    stretchEnd = from + STRETCH;
  }
  let at = from;
  let literals = from;
  while (at + 4 <= limit && commandCount < most && u32(at - literals) + literalCount < most << 1) {
    if (at >= stretchEnd) weighDictionary(at);
    search(at, limit);
    enter(at);
    if (bestGain <= COMMAND) {
      // Where nothing matches for long, not every position is looked at.
      at += 1 + (u32(at - literals) >> 9);
      continue;
    }
    for (let deferred: u32 = 0; deferred < 4 && bestLength < level.nice && at + 5 <= limit; deferred++) {
      const gain = bestGain;
      const length = bestLength;
      const source = bestSource;
      const coded = bestCoded;
      const distance = bestDistance;
      search(at + 1, limit);
      if (bestGain <= gain + DEFERRAL) {
        bestLength = length;
        bestSource = source;
        bestCoded = coded;
        bestDistance = distance;
        break;
      }
      at++;
      enter(at);
    }
    const lowest = bestSource >= inputStart ? inputStart : dictionaryStart;
    const found = at + 1;
    while (bestCoded == 0 && at > literals && bestSource > lowest && load<u8>(bestSource - 1) == load<u8>(at - 1)) {
      at--;
      bestSource--;
      bestLength++;
    }
    if (bestCoded != 0) {
      // RFC 7932 §4: the distance of a static word does not enter the ring.
      pushCommand(u32(at - literals), bestLength, bestDistance + 15, bestCoded);
    } else {
      if (bestSource < inputStart) fromDictionary += bestLength;
      const distance = distanceOf(at, bestSource);
      const value = distanceValue(ring, distance);
      pushCommand(u32(at - literals), bestLength, value, bestLength);
      if (value != 0) pushDistance(ring, distance);
    }
    at += bestLength;
    literals = at;
    enterRange(found, at);
  }
  if (limit - at < 4) at = limit;
  // A step over several literals may have gone too far.
  if (at > limit) at = limit;
  if (at > literals) pushCommand(u32(at - literals), 0, 0, 0);
  memory.copy(endRing, ring, 16);
  return at;
}
