// Choice of NPOSTFIX and NDIRECT (RFC 7932 §4 and §9.2).
import { commandAt, commandCount, hasDistance, valueOf } from "./command";
import { distanceAlphabet, distanceSymbol, setDistanceParameters } from "./distance";
import { estimateBits } from "./histogram";
import { allocate, mark, release } from "./memory";

/** Sets the parameters under which all distances of the metablock cost least. */
export function chooseDistanceParameters(): void {
  const before = mark();
  const counts = allocate(544 << 2);
  let best: f32 = Infinity;
  let bestPostfix: u32 = 0;
  let bestDirect: u32 = 0;
  for (let postfix: u32 = 0; postfix <= 3; postfix++) {
    // More direct codes are tried only as long as they help.
    let previous: f32 = Infinity;
    for (let direct: u32 = 0; direct < 16; direct = direct == 0 ? 1 : direct << 1) {
      setDistanceParameters(postfix, direct << postfix);
      const bits = totalBits(counts);
      if (bits < best) {
        best = bits;
        bestPostfix = postfix;
        bestDirect = direct << postfix;
      }
      if (bits > previous) break;
      previous = bits;
    }
  }
  setDistanceParameters(bestPostfix, bestDirect);
  release(before);
}

function totalBits(counts: usize): f32 {
  const size = distanceAlphabet();
  memory.fill(counts, 0, size << 2);
  let extra: u32 = 0;
  for (let c: u32 = 0; c < commandCount; c++) {
    const command = commandAt(c);
    if (!hasDistance(command)) continue;
    const symbol = distanceSymbol(valueOf(command));
    const at = counts + ((symbol & 0xffff) << 2);
    store<u32>(at, load<u32>(at) + 1);
    extra += symbol >> 16;
  }
  return estimateBits(counts, 0, size) + f32(extra);
}
