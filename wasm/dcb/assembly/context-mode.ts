// Choice of the literal context mode (RFC 7932 §7.1).
import { clusterHistograms } from "./cluster";
import { literalCount } from "./command";
import { UTF8 } from "./context";
import { estimateBits } from "./histogram";
import { allocate, mark, release } from "./memory";
import { newSplit, singleBlock } from "./split";
import { collectContexts, contexts, literals } from "./symbols";
import { countByContext } from "./trees";

/** Takes the mode whose clustered contexts would cost least in one block. */
export function chooseContextMode(source: usize, last: u32, before: u32): void {
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
