// What each quality level spends.

/** The settings of one level. */
@unmanaged
class Level {
  /** Candidates looked at in the chain of positions that begin alike, in the input and in the dictionary. */
  chain: u32;
  dictionaryChain: u32;
  /** Length from which a match is taken without looking inside. */
  nice: u32;
  /** Length of a known copy from which no other is searched for. */
  enough: u32;
  /** Starts of literals kept for each position by the optimal parser. */
  starts: u32;
  /** From how many of those starts found matches are tried as well. */
  matchStarts: u32;
  /** Short distance codes that the parser tries. */
  shortCodes: u32;
  /** Passes of the optimal parser over a block; 0 for lazy parsing. */
  passes: u32;
  /** Positions looked at in one block. */
  positions: u32;
  contexts: bool;
  /** Whether all literal context modes are tried, or UTF8 is taken. */
  modes: bool;
  thorough: bool;
  distanceParameters: bool;
  /** Most trees of a kind where one block type is used. */
  trees: u32;
  /** Block splitting: first histograms, rounds, most blocks. */
  seeds: u32;
  rounds: u32;
  blocks: u32;
}

export const level = changetype<Level>(memory.data(offsetof<Level>()));

export function setLevel(quality: u32): void {
  const lazy = quality < 7;
  const middle = quality < 9;
  const high = quality < 10;
  level.chain = quality < 3 ? 4 : quality < 5 ? 12 : quality == 5 ? 24 : quality == 6 ? 64 : middle ? 16 : high ? 64 : 256;
  level.dictionaryChain = quality < 3 ? 4 : quality < 5 ? 12 : quality == 5 ? 32 : quality == 6 ? 64 : middle ? 16 : high ? 64 : 256;
  level.nice = quality < 6 ? 64 : 128;
  level.enough = quality < 6 ? 32 : lazy ? 64 : middle ? 16 : level.nice;
  level.starts = middle ? 2 : 4;
  level.matchStarts = middle ? 1 : 2;
  level.shortCodes = quality < 5 ? 10 : middle && !lazy ? 10 : 16;
  level.passes = lazy ? 0 : middle ? 2 : high ? 3 : 4;
  level.positions = quality == 7 ? 1 << 15 : 1 << 17;
  level.contexts = quality >= 3;
  level.modes = quality >= 9;
  level.thorough = quality >= 7;
  level.distanceParameters = quality >= 5;
  level.trees = lazy ? 4 : 255;
  level.seeds = quality < 5 ? 0 : middle ? 6 : 24;
  level.rounds = middle ? 2 : 6;
  level.blocks = 4096;
}
