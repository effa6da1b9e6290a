// Finds the matches of a block before any of them is chosen.
import { find, foundNow, foundAt } from "./find";
import { level } from "./level";
import { insertLong, insertRange, insertShort } from "./match-index";
import { matchLength } from "./match-length";
import { Node, nodeAt, setNodeCount } from "./node";
import { findWord, wordCoded, wordDistance, wordText } from "./static-words";
import { copyLimit, dictionaryStart, distanceOf, firstWord, inputEnd, inputIndex, inputStart, sourceOf, streamRing } from "./stream";

/** Positions kept at both ends of a long copy, so that a neighbouring copy can take some of it. */
const RAMP: u32 = 8;
/** How much of each end of a long copy is indexed; the dictionary has the rest. */
const EDGE: u32 = 1 << 14;
/** Distances of the last long copies: text goes on at one of them after a small change. */
const RECENT: u32 = 4;
/** Static words are not looked for where a longer copy is known. */
const MOST_BESIDE: u32 = 24;
const recent = memory.data(16);

let carryEnd: usize = 0;
let carrySource: usize = 0;

/** Looks at the input from `from` until `limit` or until the block is full; gives the block's end. */
export function scanBlock(from: usize, limit: usize, positions: u32, store_: usize, storeEnd: usize): usize {
  memory.copy(recent, streamRing, 16);
  foundAt(store_);
  carryEnd = from;
  const room = (level.chain + level.dictionaryChain + 8) << 3;
  let at = from;
  let count: u32 = 0;
  let leaveAt: usize = 0;
  let goTo: usize = 0;
  while (at < limit && count < positions && foundNow() + room < storeEnd) {
    const node = nodeAt(count++);
    node.at = at;
    node.matches = foundNow();
    node.wordText = 0;
    node.farLength = carryEnd > at ? u32(carryEnd - at) : 0;
    // The distance to a byte of the dictionary stops growing once the window is full.
    node.farDistance = carryEnd > at ? distanceOf(at, carrySource + at) : 0;
    if (goTo == 0) {
      const length = look(node, at, limit, count);
      if (length < MOST_BESIDE && findWord(at, u32(limit - at), firstWord(at))) {
        node.wordText = wordText;
        node.wordCoded = wordCoded;
        node.wordDistance = wordDistance;
      }
      if (length >= level.nice && length > RAMP * 2) {
        leaveAt = at + RAMP;
        goTo = carryEnd - RAMP;
      }
    } else if (at == leaveAt) {
      enter(at, goTo);
      at = goTo;
      goTo = 0;
      continue;
    }
    insertShort(inputIndex, at);
    if (((at - inputStart) & 3) == 0) insertLong(inputIndex, at);
    at++;
  }
  setNodeCount(count);
  const end = nodeAt(count);
  end.at = at;
  end.matches = foundNow();
  end.farLength = 0;
  return at;
}

/** Indexes what a long copy skips. */
function enter(from: usize, to: usize): void {
  if (to - from <= 2 * EDGE) {
    insertRange(inputIndex, from, to, inputEnd);
    return;
  }
  insertRange(inputIndex, from, from + EDGE, inputEnd);
  insertRange(inputIndex, to - EDGE, to, inputEnd);
}

/** Searches at one position; gives the length of the longest copy known there. */
function look(node: Node, at: usize, limit: usize, count: u32): u32 {
  const room = u32(limit - at);
  if (room >= 4 && node.farLength < level.nice) {
    const head = load<u32>(at);
    for (let r: u32 = 0; r < RECENT; r++) {
      const distance = load<u32>(recent + (r << 2));
      const source = sourceOf(at, distance);
      if (source == 0 || load<u32>(source) != head) continue;
      const length = matchLength(source, at, copyLimit(at, source, limit));
      if (length > node.farLength) {
        node.farLength = length;
        node.farDistance = distance;
      }
    }
  }
  if (node.farLength < level.enough) {
    const longest = find(at, limit, 3, level.chain, level.dictionaryChain);
    if (longest > max(node.farLength, 3)) {
      node.farLength = longest;
      node.farDistance = load<u32>(foundNow() - 4);
      if (longest >= 16) extendBack(at, sourceOf(at, node.farDistance), longest, count - 1);
    }
  }
  const length = node.farLength;
  if (at + length > carryEnd) {
    carryEnd = at + length;
    carrySource = sourceOf(at, node.farDistance) - at;
    if (length >= 24) remember(node.farDistance);
  }
  return length;
}

/** A copy found at `at` may begin earlier than the search noticed. */
function extendBack(at: usize, source: usize, length: u32, index: u32): void {
  const lowest = source >= inputStart ? inputStart : dictionaryStart;
  while (index > 0 && source > lowest) {
    const node = nodeAt(--index);
    source--;
    if (node.at != --at || load<u8>(source) != load<u8>(at)) return;
    length++;
    if (node.farLength >= length) return;
    node.farLength = length;
    node.farDistance = distanceOf(at, source);
  }
}

function remember(distance: u32): void {
  let r: u32 = 0;
  while (r < RECENT - 1 && load<u32>(recent + (r << 2)) != distance) r++;
  memory.copy(recent + 4, recent, r << 2);
  store<u32>(recent, distance);
}
