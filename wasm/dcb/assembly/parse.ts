// Optimal parsing: the cheapest sequence of commands under the cost model.
import { pushCommand, startCommands } from "./command";
import { costRow, distanceCost, sumLiterals } from "./cost-model";
import { distanceValue, pushDistance, shortDistance } from "./distance";
import { copyCodeOf, insertCodeOf } from "./lengths";
import { level } from "./level";
import { matchLength } from "./match-length";
import { NODE_SIZE, Node, UNREACHED, nodeAt, nodeCount, nodes, ringOf } from "./node";
import { copyLimit, sourceOf, streamRing } from "./stream";

/** Nodes after which literals may begin, cheapest first: cost without the literals (i32), node (u32). */
const queue = memory.data(64);
let queued: u32 = 0;
const copyCodes = memory.data(512);

export function prepareParser(): void {
  for (let length: u32 = 2; length < 512; length++) store<u8>(copyCodes + length, u8(copyCodeOf(length)));
}

function enqueue(index: u32, key: i32): void {
  let slot = queued;
  if (slot == level.starts) {
    if (load<i32>(queue + ((slot - 1) << 3)) <= key) return;
    slot--;
  } else queued++;
  while (slot > 0 && load<i32>(queue + ((slot - 1) << 3)) > key) {
    store<u64>(queue + (slot << 3), load<u64>(queue + ((slot - 1) << 3)));
    slot--;
  }
  store<i32>(queue + (slot << 3), key);
  store<u32>(queue + (slot << 3), index, 4);
}

/** Offers the copy lengths `from` to `to` at node `index` to the nodes where they end. */
function relax(index: u32, at: usize, start: u32, base: u32, row: usize, distance: u32, from: u32, to: u32): void {
  let k = index + 1;
  const jump = index + from;
  if (jump <= nodeCount && nodeAt(jump).at == at + from) k = jump;
  const last = at + to;
  let node = nodes + usize(k) * NODE_SIZE;
  const stop = nodes + usize(nodeCount) * NODE_SIZE;
  for (; node <= stop; node += NODE_SIZE) {
    const target = changetype<Node>(node);
    if (target.at > last) return;
    const length = u32(target.at - at);
    if (length < from) continue;
    const code = length < 512 ? u32(load<u8>(copyCodes + length)) : copyCodeOf(length);
    const cost = base + load<u32>(row + (code << 2));
    if (cost < target.cost) {
      target.cost = cost;
      target.start = start;
      target.copy = length;
      target.distance = distance;
      target.coded = 0;
    }
  }
}

/** Tries the last distances and their neighbours; they are known only on the path that leads here. */
function tryShortCodes(index: u32, at: usize, end: usize, start: u32, base: u32, row: usize): void {
  const ring = ringOf(nodeAt(start));
  let covered: u32 = 1;
  const head = load<u16>(at);
  for (let code: u32 = 0; code < level.shortCodes; code++) {
    const distance = shortDistance(ring, code);
    const source = sourceOf(at, distance);
    if (source == 0 || load<u16>(source) != head) continue;
    const limit = copyLimit(at, source, end);
    if (limit <= covered || load<u8>(source + covered) != load<u8>(at + covered)) continue;
    const length = matchLength(source, at, limit);
    if (length <= covered) continue;
    if (code == 0) relax(index, at, start, base, row + 96, distance, 2, length);
    else relax(index, at, start, base + distanceCost(code), row, distance, covered + 1, length);
    covered = length;
  }
}

function tryMatches(node: Node, index: u32, start: u32, base: u32, row: usize): void {
  let covered: u32 = 1;
  const end = nodeAt(index + 1).matches;
  for (let match = node.matches; match < end; match += 8) {
    const length = load<u32>(match);
    const distance = load<u32>(match, 4);
    relax(index, node.at, start, base + distanceCost(distance + 15), row, distance, covered + 1, length);
    covered = length;
  }
  if (node.farLength > covered) {
    relax(index, node.at, start, base + distanceCost(node.farDistance + 15), row, node.farDistance, covered + 1, node.farLength);
  }
  if (node.wordText != 0 && index + node.wordText <= nodeCount) {
    const target = nodeAt(index + node.wordText);
    const cost = base + distanceCost(node.wordDistance + 15) + load<u32>(row + (copyCodeOf(node.wordCoded) << 2));
    if (target.at == node.at + node.wordText && cost < target.cost) {
      target.cost = cost;
      target.start = start;
      target.copy = node.wordText;
      target.distance = node.wordDistance;
      target.coded = node.wordCoded;
    }
  }
}

/** Finds the cheapest path through the block and stores it as commands in `area`. */
export function parseBlock(area: usize): void {
  sumLiterals();
  for (let i: u32 = 1; i <= nodeCount; i++) nodeAt(i).cost = UNREACHED;
  const end = nodeAt(nodeCount).at;
  nodeAt(0).cost = 0;
  queued = 0;
  for (let i: u32 = 0; i < nodeCount; i++) {
    const node = nodeAt(i);
    const at = node.at;
    // Literals can't reach over positions that were left out.
    if (i > 0 && nodeAt(i - 1).at + 1 != at) queued = 0;
    if (node.cost != UNREACHED) {
      settleRing(node, i);
      enqueue(i, i32(node.cost) - i32(node.literals));
    }
    for (let q: u32 = 0; q < queued; q++) {
      const start = load<u32>(queue + (q << 3), 4);
      const base = u32(load<i32>(queue + (q << 3)) + i32(node.literals));
      const row = costRow(insertCodeOf(u32(at - nodeAt(start).at)));
      tryShortCodes(i, at, end, start, base, row);
      if (q < level.matchStarts) tryMatches(node, i, start, base, row);
    }
  }
  trace(area, end);
}

function settleRing(node: Node, index: u32): void {
  const ring = ringOf(node);
  if (index == 0) {
    memory.copy(ring, streamRing, 16);
    return;
  }
  const from = ringOf(nodeAt(node.start));
  memory.copy(ring, from, 16);
  // RFC 7932 §4: the last distance, used again, is not entered again.
  // Nor is that of a static word.
  if (node.coded == 0 && load<u32>(ring) != node.distance) pushDistance(ring, node.distance);
}

/** Follows the path back, then writes it forwards. */
function trace(area: usize, end: usize): void {
  const final = nodeAt(nodeCount);
  if (nodeCount > 0 && nodeAt(nodeCount - 1).at + 1 != end) queued = 0;
  let last: u32 = nodeCount;
  if (queued > 0) {
    const start = load<u32>(queue, 4);
    const row = costRow(insertCodeOf(u32(end - nodeAt(start).at)));
    const cost = u32(load<i32>(queue) + i32(final.literals)) + load<u32>(row);
    if (cost < final.cost) last = start;
  }
  const tail = u32(end - nodeAt(last).at);
  let index = last;
  let after: u32 = nodeCount;
  while (true) {
    const node = nodeAt(index);
    node.next = after;
    if (index == 0) break;
    after = index;
    index = node.start;
  }
  startCommands(area);
  const ring = memory.data(16);
  memory.copy(ring, streamRing, 16);
  while (index != last) {
    const node = nodeAt(index);
    index = node.next;
    const target = nodeAt(index);
    const insert = u32(target.at - node.at) - target.copy;
    const isWord = target.coded != 0;
    const value = isWord ? target.distance + 15 : distanceValue(ring, target.distance);
    pushCommand(insert, target.copy, value, isWord ? target.coded : target.copy);
    if (value != 0 && !isWord) pushDistance(ring, target.distance);
  }
  if (tail > 0) pushCommand(tail, 0, 0, 0);
  memory.copy(endRing, ring, 16);
}

/** Ring after the commands of the last pass. */
export const endRing = memory.data(16);
