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
  const lazy = quality < 6;
  const middle = quality < 9;
  level.chain = lazy ? 24 : middle ? 16 : quality < 11 ? 64 : 256;
  level.dictionaryChain = lazy ? 32 : middle ? 16 : quality < 11 ? 64 : 256;
  level.nice = lazy ? 64 : middle ? 128 : 512;
  level.enough = lazy ? 32 : middle ? 16 : level.nice;
  level.starts = middle ? 2 : 8;
  level.matchStarts = middle ? 1 : 4;
  level.shortCodes = lazy ? 16 : middle ? 10 : 16;
  level.passes = lazy ? 0 : middle ? 2 : 4;
  level.positions = quality < 10 ? 1 << 17 : 1 << 18;
  level.contexts = quality >= 4;
  level.thorough = quality >= 7;
  level.distanceParameters = quality >= 5;
  level.trees = quality < 7 ? 4 : 255;
  level.seeds = lazy ? 6 : middle ? 6 : 24;
  level.rounds = middle ? 2 : 6;
  level.blocks = 4096;
}
