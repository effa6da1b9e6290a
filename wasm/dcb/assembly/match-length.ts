/** How many bytes at `a` and `b` are equal, at most `limit`; may read 7 bytes beyond. */
// @ts-ignore: decorator
@inline
export function matchLength(a: usize, b: usize, limit: u32): u32 {
  let n: u32 = 0;
  while (n < limit) {
    const difference = load<u64>(a + n) ^ load<u64>(b + n);
    if (difference != 0) {
      n += u32(ctz(difference)) >> 3;
      return min(n, limit);
    }
    n += 8;
  }
  return limit;
}
