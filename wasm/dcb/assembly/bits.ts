// Output of bits, least significant first (RFC 7932 §1.5.1).
let at: usize = 0;
let pending: u64 = 0;
let count: u32 = 0;

let savedPending: u64 = 0;
let savedCount: u32 = 0;

/** Continues the stream at `address`; up to 7 bits of the last byte are carried over. */
export function writeTo(address: usize): void {
  at = address;
}

/** Appends `length` (at most 56) bits. */
// @ts-ignore: decorator
@inline
export function put(value: u64, length: u32): void {
  pending |= value << u64(count);
  count += length;
  store<u64>(at, pending);
  at += count >> 3;
  pending >>= u64(count & ~7);
  count &= 7;
}

export function startStream(): void {
  pending = 0;
  count = 0;
}

export function alignToByte(): void {
  if (count > 0) put(0, 8 - count);
}

export function putBytes(source: usize, length: u32): void {
  memory.copy(at, source, length);
  at += length;
}

/** Where the next whole byte goes. */
export function writtenTo(): usize {
  return at;
}

export function saveBits(): void {
  savedPending = pending;
  savedCount = count;
}

/** Goes back to what `saveBits` saw, at `address`. */
export function restoreBits(address: usize): void {
  at = address;
  pending = savedPending;
  count = savedCount;
}
