// One compressed metablock from a list of commands (RFC 7932 §9.2 and §9.3).
import { alignToByte, put, putBytes } from "./bits";
import { Switch, newSwitch, putSwitchHeader, step } from "./block-switch";
import { clusterHistograms } from "./cluster";
import { commandAt, commandCount, copyOf, distanceContext, hasDistance, insertOf, literalCount, symbolOf, valueOf } from "./command";
import { UTF8, contextOf } from "./context";
import { putContextMap } from "./context-map";
import { directCodes, distanceAlphabet, distanceExtra, distanceSymbol, postfixBits, setDistanceParameters } from "./distance";
import { chooseDistanceParameters } from "./distance-parameters";
import { estimateBits } from "./histogram";
import { assignCodes, buildLengths } from "./huffman";
import { copyBaseOf, copyBitsOf, copyCodeOf, insertBaseOf, insertBitsOf, insertCodeOf } from "./lengths";
import { level } from "./level";
import { allocate, allocateZeroed, mark, release } from "./memory";
import { putPrefixCode, symbolWidth } from "./prefix-code";
import { Split, newSplit, singleBlock, splitSymbols } from "./split";

let literals: usize = 0;
let contexts: usize = 0;
let commandSymbols: usize = 0;
let distanceSymbols: usize = 0;
let distanceContexts: usize = 0;
let distanceCount: u32 = 0;
let contextMode: u32 = UTF8;

/** Codes of several trees over one alphabet, and which tree a block type and context use. */
@unmanaged
class Trees {
  size: u32;
  count: u32;
  lengths: usize;
  codes: usize;
  map: usize;
}

/** RFC 7932 §9.2: ISLAST to ISUNCOMPRESSED, which a last metablock lacks. */
function putMetablockStart(length: u32, uncompressed: bool, last: bool): void {
  put(last ? 1 : 0, last ? 2 : 1);
  const nibbles = length - 1 < 1 << 16 ? 4 : length - 1 < 1 << 20 ? 5 : 6;
  put(nibbles - 4, 2);
  put(length - 1, nibbles << 2);
  if (!last) put(uncompressed ? 1 : 0, 1);
}

export function putUncompressed(source: usize, length: u32): void {
  putMetablockStart(length, true, false);
  alignToByte();
  putBytes(source, length);
}

/** ISLAST and ISLASTEMPTY, padded to a byte. */
export function putStreamEnd(): void {
  put(3, 2);
  alignToByte();
}

function collect(source: usize): void {
  literals = allocate(literalCount << 1);
  contexts = allocate(literalCount);
  commandSymbols = allocate(commandCount << 1);
  distanceContexts = allocate(commandCount);
  let n: u32 = 0;
  let d: u32 = 0;
  for (let c: u32 = 0; c < commandCount; c++) {
    const command = commandAt(c);
    store<u16>(commandSymbols + (c << 1), u16(symbolOf(command)));
    if (hasDistance(command)) store<u8>(distanceContexts + d++, u8(distanceContext(command)));
    for (let i = insertOf(command); i > 0; i--) store<u16>(literals + (n++ << 1), u16(load<u8>(source++)));
    source += copyOf(command);
  }
  distanceCount = d;
}

/** The context of each literal in `mode`; `last` and `before` are the two bytes ahead of the block. */
function collectContexts(mode: u32, source: usize, last: u32, before: u32): void {
  contextMode = mode;
  let n: u32 = 0;
  for (let c: u32 = 0; c < commandCount; c++) {
    const command = commandAt(c);
    for (let i = insertOf(command); i > 0; i--) {
      store<u8>(contexts + n++, u8(contextOf(mode, last, before)));
      before = last;
      last = u32(load<u8>(source++));
    }
    const copy = copyOf(command);
    source += copy;
    if (copy != 0) {
      last = u32(load<u8>(source - 1));
      before = u32(load<u8>(source - 2));
    }
  }
}

/** Takes the mode whose clustered contexts would cost least in one block. */
function chooseContextMode(source: usize, last: u32, before: u32): void {
  const start = mark();
  let best = UTF8;
  let least: f32 = Infinity;
  const whole = newSplit(1);
  const map = allocate(64);
  singleBlock(whole, literalCount);
  for (let mode: u32 = 0; mode < 4; mode++) {
    collectContexts(mode, source, last, before);
    const histograms = countByContext(literals, literalCount, 256, contexts, 6, whole);
    const groups = clusterHistograms(histograms, 64, 256, map, 255, true);
    let bits: f32 = 0;
    for (let g: u32 = 0; g < groups; g++) bits += estimateBits(histograms + (g << 10), 0, 256);
    if (bits < least) {
      least = bits;
      best = mode;
    }
  }
  release(start);
  collectContexts(best, source, last, before);
}

function collectDistances(): void {
  distanceSymbols = allocate(distanceCount << 1);
  let d: u32 = 0;
  for (let c: u32 = 0; c < commandCount; c++) {
    const command = commandAt(c);
    if (hasDistance(command)) store<u16>(distanceSymbols + (d++ << 1), u16(distanceSymbol(valueOf(command))));
  }
}

/** Histograms of `n` symbols per block type and context; `contexts` may be 0 for none. */
function countByContext(symbols: usize, n: u32, size: u32, contexts: usize, contextBits: u32, split: Split): usize {
  const histograms = allocateZeroed(((split.types << contextBits) * size) << 2);
  let i: u32 = 0;
  for (let b: u32 = 0; b < split.blocks; b++) {
    const type = u32(load<u8>(split.typeOf + b)) << contextBits;
    const end = min(n, i + load<u32>(split.lengthOf + (b << 2)));
    for (; i < end; i++) {
      const row = contexts == 0 ? type : type + u32(load<u8>(contexts + i));
      const at = histograms + ((row * size + u32(load<u16>(symbols + (i << 1)))) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
  return histograms;
}

function newTrees(size: u32, entries: u32): Trees {
  const trees = changetype<Trees>(allocate(offsetof<Trees>()));
  trees.size = size;
  trees.count = 0;
  trees.map = allocateZeroed(entries);
  return trees;
}

/** Describes each tree in the stream and keeps its codes. */
function putTrees(trees: Trees, histograms: usize, width: u32): void {
  const size = trees.size;
  trees.lengths = allocate(trees.count * size);
  trees.codes = allocate((trees.count * size) << 1);
  for (let t: u32 = 0; t < trees.count; t++) {
    const lengths = trees.lengths + t * size;
    const used = buildLengths(histograms + ((t * size) << 2), size, 15, lengths);
    putPrefixCode(lengths, size, used, width);
    assignCodes(lengths, size, trees.codes + ((t * size) << 1));
    // A lone symbol takes no bits (RFC 7932 §3.4).
    if (used <= 1) memory.fill(lengths, 0, size);
  }
}

// @ts-ignore: decorator
@inline
function putSymbol(trees: Trees, tree: u32, symbol: u32): void {
  const at = tree * trees.size + symbol;
  put(load<u16>(trees.codes + (at << 1)), load<u8>(trees.lengths + at));
}

/** Without contexts where that costs less than with the clustered ones. */
function clusterContexts(trees: Trees, histograms: usize, types: u32, contextBits: u32): usize {
  const entries = types << contextBits;
  trees.count = clusterHistograms(histograms, entries, trees.size, trees.map, level.trees, level.thorough);
  return histograms;
}

/** Writes the metablock of `length` bytes at `source`; `last` and `before` are the two bytes ahead of it, `isLast` is ISLAST. */
export function putMetablock(source: usize, length: u32, last: u32, before: u32, isLast: bool): void {
  collect(source);
  if (level.modes) chooseContextMode(source, last, before);
  else collectContexts(UTF8, source, last, before);
  setDistanceParameters(0, 0);
  if (level.distanceParameters) chooseDistanceParameters();
  collectDistances();
  const distanceSize = distanceAlphabet();

  const literalSplit = newSplit(level.blocks);
  const commandSplit = newSplit(level.blocks);
  const distanceSplit = newSplit(level.blocks);
  splitSymbols(literalSplit, literals, literalCount, 256, seedsFor(literalCount, 512), level.rounds, 30, level.blocks);
  splitSymbols(commandSplit, commandSymbols, commandCount, 704, seedsFor(commandCount, 512), level.rounds, 14, level.blocks);
  splitSymbols(distanceSplit, distanceSymbols, distanceCount, distanceSize, seedsFor(distanceCount, 512), level.rounds, 15, level.blocks);

  const literalBits = level.contexts ? 6 : 0;
  const literalTrees = newTrees(256, literalSplit.types << 6);
  const literalHistograms = clusterContexts(literalTrees, countByContext(literals, literalCount, 256, level.contexts ? contexts : 0, literalBits, literalSplit), literalSplit.types, literalBits);
  if (!level.contexts) spread(literalTrees.map, literalSplit.types, 6);
  const distanceTrees = newTrees(distanceSize, distanceSplit.types << 2);
  const distanceHistograms = clusterContexts(distanceTrees, countByContext(distanceSymbols, distanceCount, distanceSize, distanceContexts, 2, distanceSplit), distanceSplit.types, 2);
  const commandTrees = newTrees(704, 0);
  commandTrees.count = commandSplit.types;
  const commandHistograms = countByContext(commandSymbols, commandCount, 704, 0, 0, commandSplit);

  putMetablockStart(length, false, isLast);
  const literalSwitch = newSwitch();
  const commandSwitch = newSwitch();
  const distanceSwitch = newSwitch();
  putSwitchHeader(literalSwitch, literalSplit);
  putSwitchHeader(commandSwitch, commandSplit);
  putSwitchHeader(distanceSwitch, distanceSplit);
  put(postfixBits, 2);
  put(directCodes >> postfixBits, 4);
  for (let t: u32 = 0; t < literalSplit.types; t++) put(contextMode, 2);
  putContextMap(literalTrees.map, literalSplit.types << 6, literalTrees.count);
  putContextMap(distanceTrees.map, distanceSplit.types << 2, distanceTrees.count);
  putTrees(literalTrees, literalHistograms, 8);
  putTrees(commandTrees, commandHistograms, 10);
  putTrees(distanceTrees, distanceHistograms, symbolWidth(distanceSize));
  putCommands(literalSwitch, commandSwitch, distanceSwitch, literalTrees, commandTrees, distanceTrees);
}

function seedsFor(n: u32, stretch: u32): u32 {
  return min(n / stretch + (n > 128 ? 1 : 0), level.seeds);
}

/** One entry a type becomes 2^bits equal ones. */
function spread(map: usize, types: u32, bits: u32): void {
  for (let t = i32(types) - 1; t >= 0; t--) memory.fill(map + (u32(t) << bits), load<u8>(map + u32(t)), 1 << bits);
}

/** RFC 7932 §9.3. */
function putCommands(literalSwitch: Switch, commandSwitch: Switch, distanceSwitch: Switch, literalTrees: Trees, commandTrees: Trees, distanceTrees: Trees): void {
  let n: u32 = 0;
  let d: u32 = 0;
  for (let c: u32 = 0; c < commandCount; c++) {
    const command = commandAt(c);
    const insert = insertOf(command);
    const copy = copyOf(command);
    step(commandSwitch);
    putSymbol(commandTrees, commandSwitch.type, symbolOf(command));
    const insertCode = insertCodeOf(insert);
    put(insert - insertBaseOf(insertCode), insertBitsOf(insertCode));
    if (copy != 0) {
      const copyCode = copyCodeOf(copy);
      put(copy - copyBaseOf(copyCode), copyBitsOf(copyCode));
    }
    for (const end = n + insert; n < end; n++) {
      step(literalSwitch);
      const tree = load<u8>(literalTrees.map + ((literalSwitch.type << 6) | u32(load<u8>(contexts + n))));
      putSymbol(literalTrees, tree, load<u16>(literals + (n << 1)));
    }
    if (!hasDistance(command)) continue;
    step(distanceSwitch);
    const symbol = distanceSymbol(valueOf(command));
    const tree = load<u8>(distanceTrees.map + ((distanceSwitch.type << 2) | u32(load<u8>(distanceContexts + d++))));
    putSymbol(distanceTrees, tree, symbol & 0xffff);
    const bits = symbol >> 16;
    if (bits > 0) put(distanceExtra(valueOf(command), bits), bits);
  }
}
