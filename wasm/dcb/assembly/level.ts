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
  /** Passes of the parser over a block. */
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
  level.chain = quality < 7 ? 12 : quality < 10 ? 64 : 512;
  level.dictionaryChain = quality < 7 ? 12 : quality < 10 ? 64 : 512;
  level.nice = quality < 7 ? 96 : quality < 10 ? 256 : 1024;
  level.enough = quality < 7 ? 16 : level.nice;
  level.starts = quality < 7 ? 2 : quality < 10 ? 4 : 8;
  level.matchStarts = quality < 7 ? 1 : quality < 10 ? 2 : 8;
  level.shortCodes = quality < 7 ? 10 : 16;
  level.passes = quality < 7 ? 2 : quality < 10 ? 3 : 5;
  level.positions = quality < 10 ? 1 << 17 : 1 << 18;
  level.contexts = quality >= 4;
  level.thorough = quality >= 7;
  level.distanceParameters = quality >= 5;
  level.trees = quality < 7 ? 4 : 255;
  level.seeds = quality < 5 ? 0 : quality < 7 ? 6 : quality < 10 ? 16 : 32;
  level.rounds = quality < 7 ? 2 : quality < 10 ? 4 : 8;
  level.blocks = 4096;
}
