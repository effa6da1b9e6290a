// What a histogram would cost as a prefix code: its description and the coded symbols.
import { log2 } from "./log2";
import { symbolWidth } from "./prefix-code";

const depths = memory.data(72);

export function addHistogram(to: usize, from: usize, size: u32): void {
  for (let i: u32 = 0; i < size; i++) {
    store<u32>(to + (i << 2), load<u32>(to + (i << 2)) + load<u32>(from + (i << 2)));
  }
}

function countDepth(depth: u32, times: u32): void {
  store<u32>(depths + (depth << 2), load<u32>(depths + (depth << 2)) + times);
}

/** Estimated bits of description and symbols for the sum of two histograms (`b` may be 0). */
export function estimateBits(a: usize, b: usize, size: u32): f32 {
  let total: u32 = 0;
  let used: u32 = 0;
  let weighted: f32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    let count = load<u32>(a + (i << 2));
    if (b != 0) count += load<u32>(b + (i << 2));
    if (count == 0) continue;
    total += count;
    used++;
    weighted += f32(count) * log2(count);
  }
  // RFC 7932 §3.4: up to four symbols are listed.
  const width: u32 = symbolWidth(size);
  const listing: u32 = 4 + max<u32>(used, 1) * width + (used >> 2);
  const listed = f32(listing);
  if (used <= 1) return listed;
  const all = log2(total);
  if (used == 2) return listed + f32(total);
  if (used <= 4) {
    const bits = f32(total) * all - weighted;
    // A prefix code can't follow the entropy with so few symbols.
    return listed + max(bits, f32(total) * 1.05);
  }
  memory.fill(depths, 0, 72);
  let zeros: u32 = 0;
  let extra: f32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    let count = load<u32>(a + (i << 2));
    if (b != 0) count += load<u32>(b + (i << 2));
    if (count == 0) {
      zeros++;
      continue;
    }
    if (zeros > 0) {
      if (zeros < 3) countDepth(0, zeros);
      else {
        let left = zeros - 2;
        while (left > 0) {
          countDepth(17, 1);
          extra += 3;
          left >>= 3;
        }
      }
      zeros = 0;
    }
    const depth = min(max(u32(all - log2(count) + 0.5), 1), 15);
    countDepth(depth, 1);
  }
  let kinds: u32 = 0;
  let symbols: u32 = 0;
  let run: f32 = 0;
  for (let d: u32 = 0; d < 18; d++) {
    const count = load<u32>(depths + (d << 2));
    if (count == 0) continue;
    kinds++;
    symbols += count;
    run += f32(count) * log2(count);
  }
  const description = f32(symbols) * log2(symbols) - run + extra + 16 + f32(kinds) * 2;
  return f32(total) * all - weighted + description;
}
