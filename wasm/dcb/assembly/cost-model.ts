// What symbols cost while parsing, in 1/256 bit: guessed at first, then learned from the last pass.
import { commandAt, commandCount, copyOf, hasDistance, insertOf, symbolOf, valueOf } from "./command";
import { distanceAlphabet, distanceSymbol } from "./distance";
import { commandSymbol, copyBitsOf, insertBitsOf } from "./lengths";
import { log2 } from "./log2";
import { nodeAt, nodeCount } from "./node";

const counts = memory.data(704 * 4);
export const literalCosts = memory.data(1024);
const commandCosts = memory.data(704 * 4);
const distanceCosts = memory.data(544 * 4);
/** For each insert code, 24 costs by copy code with an explicit distance, then 24 with the last one. */
const rows = memory.data(24 * 48 * 4);

// @ts-ignore: decorator
@inline
function fixed(bits: f32): u32 {
  return u32(bits * 256);
}

// @ts-ignore: decorator
@inline
export function costRow(insertCode: u32): usize {
  return rows + insertCode * 192;
}
// @ts-ignore: decorator
@inline
export function literalCost(byte: u32): u32 {
  return load<u32>(literalCosts + (byte << 2));
}
/** Symbol and extra bits of a distance code value. */
// @ts-ignore: decorator
@inline
export function distanceCost(value: u32): u32 {
  const symbol = distanceSymbol(value);
  return load<u32>(distanceCosts + ((symbol & 0xffff) << 2)) + ((symbol >> 16) << 8);
}

// @ts-ignore: decorator
@inline
function count(symbol: u32): void {
  store<u32>(counts + (symbol << 2), load<u32>(counts + (symbol << 2)) + 1);
}

/** Costs from counts; a symbol not seen costs `unseen` bits more than one seen once. */
function toCosts(costs: usize, size: u32, unseen: f32): void {
  let total: u32 = 0;
  for (let s: u32 = 0; s < size; s++) total += load<u32>(counts + (s << 2));
  const all = log2(total);
  for (let s: u32 = 0; s < size; s++) {
    const n = load<u32>(counts + (s << 2));
    store<u32>(costs + (s << 2), fixed(n == 0 ? all + unseen : max(all - log2(n), 0.25)));
  }
}

function fillRows(): void {
  for (let insert: u32 = 0; insert < 24; insert++) {
    const row = costRow(insert);
    for (let copy: u32 = 0; copy < 24; copy++) {
      const extra = (insertBitsOf(insert) + copyBitsOf(copy)) << 8;
      const explicit = commandSymbol(insert, copy, false);
      const implicit = commandSymbol(insert, copy, true);
      store<u32>(row + (copy << 2), load<u32>(commandCosts + (explicit << 2)) + extra);
      const distance = implicit >= 128 ? load<u32>(distanceCosts) : 0;
      store<u32>(row + 96 + (copy << 2), load<u32>(commandCosts + (implicit << 2)) + extra + distance);
    }
  }
}

/** Before the first pass: literals as frequent as among the block's positions, the rest by habit. */
export function guessCosts(): void {
  memory.fill(counts, 0, 1024);
  for (let i: u32 = 0; i < nodeCount; i++) count(u32(load<u8>(nodeAt(i).at)));
  toCosts(literalCosts, 256, 2);
  for (let insert: u32 = 0; insert < 24; insert++) {
    for (let copy: u32 = 0; copy < 24; copy++) {
      const bits: f32 = 3.5 + f32(insert) * 0.4 + f32(copy) * 0.2;
      store<u32>(commandCosts + (commandSymbol(insert, copy, false) << 2), fixed(bits));
      store<u32>(commandCosts + (commandSymbol(insert, copy, true) << 2), fixed(bits + f32(0.5)));
    }
  }
  for (let s: u32 = 0, size = distanceAlphabet(); s < size; s++) {
    store<u32>(distanceCosts + (s << 2), fixed(s == 0 ? 3 : s < 4 ? 4 : s < 16 ? 5.5 : 4.5));
  }
  fillRows();
}

/** From the commands of the last pass over the block that begins at `source`. */
export function learnCosts(source: usize): void {
  memory.fill(counts, 0, 1024);
  for (let c: u32 = 0; c < commandCount; c++) {
    const command = commandAt(c);
    for (let i = insertOf(command); i > 0; i--) count(u32(load<u8>(source++)));
    source += copyOf(command);
  }
  toCosts(literalCosts, 256, 2);
  memory.fill(counts, 0, 704 * 4);
  for (let c: u32 = 0; c < commandCount; c++) count(symbolOf(commandAt(c)));
  toCosts(commandCosts, 704, 2);
  const size = distanceAlphabet();
  memory.fill(counts, 0, size << 2);
  for (let c: u32 = 0; c < commandCount; c++) {
    if (hasDistance(commandAt(c))) count(distanceSymbol(valueOf(commandAt(c))) & 0xffff);
  }
  toCosts(distanceCosts, size, 2);
  fillRows();
}

/** Sums up the literals' costs over the nodes. */
export function sumLiterals(): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i <= nodeCount; i++) {
    const node = nodeAt(i);
    node.literals = sum;
    sum += literalCost(u32(load<u8>(node.at)));
  }
}
