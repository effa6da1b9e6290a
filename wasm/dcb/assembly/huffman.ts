// Code lengths for given counts, and canonical codes for given lengths (RFC 7932 §3.2).
const keys = memory.data(704 * 8);
const tree = memory.data(704 * 4);
const perLength = memory.data(64);

/** Ascending sort of `n` keys: heap sort, since it needs no extra room and has no bad case. */
function sortKeys(n: i32): void {
  if (n < 24) {
    for (let i = 1; i < n; i++) {
      const key = load<u64>(keys + (i << 3));
      let j = i - 1;
      while (j >= 0 && load<u64>(keys + (j << 3)) > key) {
        store<u64>(keys + ((j + 1) << 3), load<u64>(keys + (j << 3)));
        j--;
      }
      store<u64>(keys + ((j + 1) << 3), key);
    }
    return;
  }
  for (let i = (n >> 1) - 1; i >= 0; i--) sift(i, n);
  for (let end = n - 1; end > 0; end--) {
    const last = load<u64>(keys + (end << 3));
    store<u64>(keys + (end << 3), load<u64>(keys));
    store<u64>(keys, last);
    sift(0, end);
  }
}

function sift(root: i32, end: i32): void {
  const key = load<u64>(keys + (root << 3));
  while (true) {
    let child = (root << 1) + 1;
    if (child >= end) break;
    if (child + 1 < end && load<u64>(keys + ((child + 1) << 3)) > load<u64>(keys + (child << 3))) child++;
    if (load<u64>(keys + (child << 3)) <= key) break;
    store<u64>(keys + (root << 3), load<u64>(keys + (child << 3)));
    root = child;
  }
  store<u64>(keys + (root << 3), key);
}

/**
 * Writes a length (u8) per symbol for the counts (u32) of `size` symbols, none above `limit`.
 * Gives the number of symbols used; a lone symbol has length 1 here, though it costs no bits.
 */
export function buildLengths(counts: usize, size: u32, limit: u32, lengths: usize): u32 {
  let n = 0;
  memory.fill(lengths, 0, size);
  for (let symbol: u32 = 0; symbol < size; symbol++) {
    const count = load<u32>(counts + (symbol << 2));
    if (count > 0) store<u64>(keys + (n++ << 3), (u64(count) << 10) | u64(symbol));
  }
  if (n == 0) return 0;
  if (n == 1) {
    store<u8>(lengths + usize(load<u64>(keys) & 1023), 1);
    return 1;
  }
  sortKeys(n);
  // Moffat and Katajainen's in-place construction: weights, then parents, then depths.
  for (let i = 0; i < n; i++) store<u32>(tree + (i << 2), u32(load<u64>(keys + (i << 3)) >> 10));
  let leaf = 0;
  let root = 0;
  for (let next = 0; next < n - 1; next++) {
    let weight: u32 = 0;
    for (let side = 0; side < 2; side++) {
      if (leaf >= n || (root < next && load<u32>(tree + (root << 2)) < load<u32>(tree + (leaf << 2)))) {
        weight += load<u32>(tree + (root << 2));
        store<u32>(tree + (root++ << 2), next);
      } else {
        weight += load<u32>(tree + (leaf++ << 2));
      }
    }
    store<u32>(tree + (next << 2), weight);
  }
  memory.fill(perLength, 0, 64);
  store<u32>(tree + ((n - 2) << 2), 0);
  for (let next = n - 3; next >= 0; next--) {
    const parent = load<u32>(tree + (next << 2));
    store<u32>(tree + (next << 2), load<u32>(tree + (parent << 2)) + 1);
  }
  let open = 1;
  let depth: u32 = 0;
  root = n - 2;
  let left = n;
  while (open > 0) {
    let inner = 0;
    while (root >= 0 && load<u32>(tree + (root << 2)) == depth) {
      inner++;
      root--;
    }
    const leaves = min(open - inner, left);
    left -= leaves;
    const at = min(depth, limit);
    store<u16>(perLength + (at << 1), load<u16>(perLength + (at << 1)) + u16(leaves));
    open = inner << 1;
    depth++;
  }
  if (depth - 1 > limit) repairKraft(limit);
  // Longest codes to the rarest symbols.
  let length = limit;
  let room = u32(load<u16>(perLength + (length << 1)));
  for (let i = 0; i < n; i++) {
    while (room == 0) room = u32(load<u16>(perLength + (--length << 1)));
    room--;
    store<u8>(lengths + usize(load<u64>(keys + (i << 3)) & 1023), u8(length));
  }
  return n;
}

/** After lengths were cut to `limit`: lengthens others until the code is complete again. */
function repairKraft(limit: u32): void {
  let sum: u32 = 0;
  for (let l: u32 = 1; l <= limit; l++) sum += u32(load<u16>(perLength + (l << 1))) << (limit - l);
  let excess: i32 = i32(sum) - (1 << limit);
  while (excess > 0) {
    let l = limit - 1;
    while (load<u16>(perLength + (l << 1)) == 0) l--;
    // One leaf of length l becomes an inner node that takes it and one of the longest codes.
    store<u16>(perLength + (l << 1), load<u16>(perLength + (l << 1)) - 1);
    store<u16>(perLength + ((l + 1) << 1), load<u16>(perLength + ((l + 1) << 1)) + 2);
    store<u16>(perLength + (limit << 1), load<u16>(perLength + (limit << 1)) - 1);
    excess--;
  }
}

/** Writes the code (u16, bits reversed for output) of each symbol with a length (RFC 7932 §3.2). */
export function assignCodes(lengths: usize, size: u32, codes: usize): void {
  memory.fill(perLength, 0, 64);
  for (let s: u32 = 0; s < size; s++) {
    const at = perLength + (usize(load<u8>(lengths + s)) << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
  store<u16>(perLength, 0);
  let code: u32 = 0;
  for (let l = 1; l <= 15; l++) {
    const amount = u32(load<u16>(perLength + (l << 1)));
    store<u16>(perLength + (l << 1), u16(code));
    code = (code + amount) << 1;
  }
  for (let s: u32 = 0; s < size; s++) {
    const length = u32(load<u8>(lengths + s));
    if (length == 0) continue;
    const at = perLength + (length << 1);
    const next = u32(load<u16>(at));
    store<u16>(at, u16(next + 1));
    store<u16>(codes + (s << 1), u16(reverse(next, length)));
  }
}

export function reverse(code: u32, length: u32): u32 {
  let out: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    out = (out << 1) | (code & 1);
    code >>= 1;
  }
  return out;
}
