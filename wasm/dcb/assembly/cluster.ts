// Groups histograms so that each group shares one prefix code.
import { allocate, mark, release } from "./memory";
import { addHistogram, estimateBits } from "./histogram";

/**
 * Merges `n` histograms of `size` counts, in place, into groups that are cheaper together, at most `most`.
 * `map` (u8 per histogram) receives the group; the groups' histograms are moved to the front.
 * Groups are numbered by first use. Gives the number of groups.
 */
export function clusterHistograms(histograms: usize, n: u32, size: u32, map: usize, most: u32, thorough: bool): u32 {
  const before = mark();
  const stride = size << 2;
  const bits = allocate(n << 2);
  const group = allocate(n << 2);
  let groups: u32 = 0;
  // First pass: every histogram joins the group that grows least, or founds one.
  for (let i: u32 = 0; i < n; i++) {
    const own = histograms + i * stride;
    store<u8>(map + i, 255);
    if (isEmpty(own, size)) continue;
    const alone = estimateBits(own, 0, size);
    let best: u32 = 0;
    const limit: u32 = thorough ? 200 : most;
    let bestGain: f32 = limit > groups ? 0 : -Infinity;
    let found = false;
    if (!thorough || groups >= 96) {
      for (let g: u32 = 0; g < groups; g++) {
        const gain = load<f32>(bits + (g << 2)) + alone - estimateBits(histograms + load<u32>(group + (g << 2)) * stride, own, size);
        if (gain > bestGain) {
          bestGain = gain;
          best = g;
          found = true;
        }
      }
    }
    if (found) {
      const to = histograms + load<u32>(group + (best << 2)) * stride;
      store<f32>(bits + (best << 2), load<f32>(bits + (best << 2)) + alone - bestGain);
      addHistogram(to, own, size);
      store<u8>(map + i, u8(best));
    } else {
      store<u32>(group + (groups << 2), i);
      store<f32>(bits + (groups << 2), alone);
      store<u8>(map + i, u8(groups++));
    }
  }
  if (groups > 1) mergeGroups(histograms, n, size, map, most, bits, group, groups);
  groups = renumber(histograms, n, size, map, group);
  release(before);
  return groups;
}

export function isEmpty(counts: usize, size: u32): bool {
  for (let i: u32 = 0; i < size; i += 2) if (load<u64>(counts + (i << 2)) != 0) return false;
  return true;
}

/** Merges the pair that gains most until none gains and there are at most `most` groups. */
function mergeGroups(histograms: usize, n: u32, size: u32, map: usize, most: u32, bits: usize, group: usize, groups: u32): void {
  const stride = size << 2;
  const gains = allocate((groups * groups) << 2);
  for (let a: u32 = 0; a < groups; a++) {
    for (let b = a + 1; b < groups; b++) store<f32>(gains + ((a * groups + b) << 2), gainOf(histograms, stride, bits, group, a, b));
  }
  let left = groups;
  while (left > 1) {
    let bestA: u32 = 0;
    let bestB: u32 = 0;
    let best: f32 = -Infinity;
    for (let a: u32 = 0; a < groups; a++) {
      if (load<f32>(bits + (a << 2)) < 0) continue;
      for (let b = a + 1; b < groups; b++) {
        if (load<f32>(bits + (b << 2)) < 0) continue;
        const gain = load<f32>(gains + ((a * groups + b) << 2));
        if (gain > best) {
          best = gain;
          bestA = a;
          bestB = b;
        }
      }
    }
    if (best <= 0 && left <= most) break;
    store<f32>(bits + (bestA << 2), load<f32>(bits + (bestA << 2)) + load<f32>(bits + (bestB << 2)) - best);
    // A group that is gone has negative bits.
    store<f32>(bits + (bestB << 2), -1);
    addHistogram(histograms + load<u32>(group + (bestA << 2)) * stride, histograms + load<u32>(group + (bestB << 2)) * stride, size);
    for (let i: u32 = 0; i < n; i++) if (load<u8>(map + i) == bestB) store<u8>(map + i, u8(bestA));
    for (let g: u32 = 0; g < groups; g++) {
      if (g == bestA || load<f32>(bits + (g << 2)) < 0) continue;
      const a = min(g, bestA);
      const b = max(g, bestA);
      store<f32>(gains + ((a * groups + b) << 2), gainOf(histograms, stride, bits, group, a, b));
    }
    left--;
  }
}

function gainOf(histograms: usize, stride: u32, bits: usize, group: usize, a: u32, b: u32): f32 {
  const together = estimateBits(histograms + load<u32>(group + (a << 2)) * stride, histograms + load<u32>(group + (b << 2)) * stride, stride >> 2);
  return load<f32>(bits + (a << 2)) + load<f32>(bits + (b << 2)) - together;
}

/** Numbers groups by first use, unused contexts like the one before, and packs their histograms. */
function renumber(histograms: usize, n: u32, size: u32, map: usize, group: usize): u32 {
  const stride = size << 2;
  const fresh = allocate(256);
  memory.fill(fresh, 255, 256);
  const packed = allocate(n * stride);
  let groups: u32 = 0;
  let last: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const old = u32(load<u8>(map + i));
    if (old != 255) {
      if (load<u8>(fresh + old) == 255) {
        memory.copy(packed + groups * stride, histograms + load<u32>(group + (old << 2)) * stride, stride);
        store<u8>(fresh + old, u8(groups++));
      }
      last = u32(load<u8>(fresh + old));
    }
    store<u8>(map + i, u8(last));
  }
  memory.copy(histograms, packed, groups * stride);
  return max(groups, 1);
}
