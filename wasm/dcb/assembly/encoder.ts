// The encoder's exports: a dictionary, then inputs, each in steps of one metablock.
import { alignToByte, put, restoreBits, saveBits, startStream, writeTo, writtenTo } from "./bits";
import { COMMAND_SIZE, commandCount, literalCount, pushCommand, startCommands } from "./command";
import { prepareContexts } from "./context";
import { isNoise } from "./noise";
import { foundNow } from "./find";
import { guessCosts, learnCosts } from "./cost-model";
import { setDistanceParameters, startRing } from "./distance";
import { level, setLevel } from "./level";
import { prepareLog2 } from "./log2";
import { insertRange, reserveIndex } from "./match-index";
import { allocate, mark, release } from "./memory";
import { putMetablock } from "./metablock";
import { putStreamEnd, putUncompressed } from "./metablock-frame";
import { NODE_SIZE, nodeCount, nodesAt } from "./node";
import { endRing, parseBlock, prepareParser } from "./parse";
import { parseLazily } from "./parse-lazy";
import { scanBlock } from "./scan";
import { dictionaryIndex, dictionaryStart, inputEnd, inputStart, setDictionary, setInput, streamRing } from "./stream";

/** Chains reach back this far from the end of a text; the table by sixteen bytes reaches further. */
const CHAIN_REACH: u32 = 1 << 22;
/** RFC 7932 §9.2: a metablock has at most 2^24 bytes. */
const MOST_BYTES: u32 = 1 << 24;

let prepared = false;
let base: usize = 0;
let afterDictionary: usize = 0;
let afterSetup: usize = 0;
let matchArea: usize = 0;
let matchAreaEnd: usize = 0;
let commandArea: usize = 0;
let positions: u32 = 0;
let blockStart: usize = 0;
let output: usize = 0;
let ended = false;
/** Whether the last metablock said that it is the last. */
let endWritten = false;
let windowLog: u32 = 0;

/** Makes room for a dictionary of `length` bytes and gives the address to copy it to. */
export function reserveDictionary(length: u32): usize {
  if (!prepared) {
    prepareLog2();
    prepareContexts();
    prepareParser();
    base = mark();
    prepared = true;
  }
  release(base);
  const index = reserveIndex(length, CHAIN_REACH, 5);
  const start = allocate(length);
  index.start = start;
  setDictionary(start, start + length, index);
  // Exactly behind the dictionary, with no alignment: the input follows.
  afterDictionary = start + length;
  return start;
}

/** Indexes the dictionary, once for all inputs. */
export function indexDictionary(): void {
  insertRange(dictionaryIndex, dictionaryStart, inputStart, inputStart);
}

/** Makes room for an input of `length` bytes and gives the address to copy it to. */
export function reserveInput(length: u32): usize {
  release(afterDictionary);
  allocate(length + 8);
  return inputStart;
}

/** Begins a stream for the input. `windowBits`: 10 to 24, or 0 to fit the input. */
export function startEncoding(length: u32, quality: u32, windowBits: u32): void {
  setLevel(quality);
  if (windowBits == 0) {
    // 16 bits take one bit of the stream, 18 and more take four, others seven (RFC 7932 §9.1).
    windowBits = length <= 0xfff0 ? 16 : 18;
    while (windowBits < 24 && (<u32>1 << windowBits) - 16 < length) windowBits++;
  }
  setInput(inputStart + length, (1 << windowBits) - 16, reserveIndex(length, CHAIN_REACH, 4));
  windowLog = windowBits;
  positions = min(level.positions, length);
  if (level.passes > 0) {
    nodesAt(allocate((positions + 1) * NODE_SIZE));
    const matches = (positions << 6) + ((level.chain + level.dictionaryChain + 8) << 4);
    matchArea = allocate(matches);
    matchAreaEnd = matchArea + matches;
  }
  commandArea = allocate(((positions >> 1) + 4) * COMMAND_SIZE);
  afterSetup = mark();
  blockStart = inputStart;
  ended = false;
  endWritten = false;
  startRing(streamRing);
  startStream();
}

/** RFC 7932 §9.1. */
function putWindowBits(bits: u32): void {
  if (bits == 16) put(0, 1);
  else if (bits == 17) put(1, 7);
  else if (bits > 17) put(1 | ((bits - 17) << 1), 4);
  else put(1 | ((bits - 8) << 4), 7);
}

/** Encodes the next metablock; gives the number of bytes now at `outputStart()`, 0 after the last. */
export function encodeNext(): u32 {
  if (ended) return 0;
  release(afterSetup);
  const first = blockStart == inputStart;
  let length: u32 = 0;
  let bound: u32 = 64;
  if (blockStart < inputEnd) {
    const limit = blockStart + min(u32(inputEnd - blockStart), MOST_BYTES);
    length = u32((level.passes == 0 ? parseLazily(commandArea, blockStart, limit, level.positions >> 1) : parseOptimally(limit)) - blockStart);
    bound = (literalCount << 1) + commandCount * 24 + (1 << 19);
  }
  output = allocate(bound);
  writeTo(output);
  if (first) putWindowBits(windowLog);
  if (length > 0) putBlock(length);
  if (blockStart == inputEnd) {
    if (!endWritten) putStreamEnd();
    ended = true;
  }
  return u32(writtenTo() - output);
}

/** Searches first, then parses several times, each time with the costs of the time before. */
function parseOptimally(limit: usize): usize {
  const end = scanBlock(blockStart, limit, positions, matchArea, matchAreaEnd);
  const length = u32(end - blockStart);
  if (u32(foundNow() - matchArea) >> 3 < nodeCount >> 4 && isNoise(blockStart, length)) {
    startCommands(commandArea);
    pushCommand(length, 0, 0, 0);
    memory.copy(endRing, streamRing, 16);
    return end;
  }
  setDistanceParameters(0, 0);
  guessCosts();
  parseBlock(commandArea);
  for (let pass: u32 = 1; pass < level.passes; pass++) {
    learnCosts(blockStart);
    parseBlock(commandArea);
  }
  return end;
}

/** Writes the parsed block, or its bytes as they are where that is shorter. */
function putBlock(length: u32): void {
  const start = writtenTo();
  saveBits();
  const before = u32(blockStart > inputStart ? load<u8>(blockStart - 1) : 0);
  const beforeThat = u32(blockStart > inputStart + 1 ? load<u8>(blockStart - 2) : 0);
  endWritten = blockStart + length == inputEnd;
  const noise = literalCount > length - (length >> 5) && isNoise(blockStart, length);
  if (!noise) {
    putMetablock(blockStart, length, before, beforeThat, endWritten);
    if (endWritten) alignToByte();
  }
  if (noise || writtenTo() - start > length + 4) {
    restoreBits(start);
    putUncompressed(blockStart, length);
    endWritten = false;
  } else {
    memory.copy(streamRing, endRing, 16);
  }
  blockStart += length;
}

export function outputStart(): usize {
  return output;
}
