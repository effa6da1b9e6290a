// One compressed metablock from a list of commands (RFC 7932 §9.2 and §9.3).
import { put } from "./bits";
import { newSwitch, putSwitchHeader } from "./block-switch";
import { commandCount, literalCount } from "./command";
import { UTF8 } from "./context";
import { putContextMap } from "./context-map";
import { chooseContextMode } from "./context-mode";
import { directCodes, distanceAlphabet, postfixBits, setDistanceParameters } from "./distance";
import { chooseDistanceParameters } from "./distance-parameters";
import { level } from "./level";
import { putMetablockStart } from "./metablock-frame";
import { symbolWidth } from "./prefix-code";
import { putCommands } from "./put-commands";
import { Split, newSplit, splitSymbols } from "./split";
import { collect, collectContexts, collectDistances, commandSymbols, contextMode, contexts, distanceContexts, distanceCount, distanceSymbols, literals } from "./symbols";
import { clusterContexts, countByContext, newTrees, putTrees, spread } from "./trees";

/** Symbols for each histogram that the search for blocks begins with, and the least worth a search. */
const STRETCH: u32 = 512;
const LEAST: u32 = 128;

/**
 * Writes the metablock of `length` bytes at `source`; `last` and `before` are the two bytes ahead of it,
 * `isLast` is ISLAST.
 */
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
  split(literalSplit, literals, literalCount, 256, 30);
  split(commandSplit, commandSymbols, commandCount, 704, 14);
  split(distanceSplit, distanceSymbols, distanceCount, distanceSize, 15);

  const literalBits = level.contexts ? 6 : 0;
  const literalTrees = newTrees(256, literalSplit.types << 6);
  const literalHistograms = countByContext(literals, literalCount, 256, level.contexts ? contexts : 0, literalBits, literalSplit);
  clusterContexts(literalTrees, literalHistograms, literalSplit.types, literalBits);
  if (!level.contexts) spread(literalTrees.map, literalSplit.types, 6);
  const distanceTrees = newTrees(distanceSize, distanceSplit.types << 2);
  const distanceHistograms = countByContext(distanceSymbols, distanceCount, distanceSize, distanceContexts, 2, distanceSplit);
  clusterContexts(distanceTrees, distanceHistograms, distanceSplit.types, 2);
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

function split(into: Split, symbols: usize, n: u32, size: u32, switchBits: f32): void {
  const seeds = min(n / STRETCH + (n > LEAST ? 1 : 0), level.seeds);
  splitSymbols(into, symbols, n, size, seeds, level.rounds, switchBits, level.blocks);
}
