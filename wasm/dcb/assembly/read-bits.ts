// Input of bits, least significant first (RFC 7932 §1.5.1).
let at: usize = 0;
let end: usize = 0;
let held: u64 = 0;
let holds: u32 = 0;
/** Bits that were read beyond the end of the stream. */
export let missing: u32 = 0;

export function readFrom(start: usize, stop: usize): void {
  at = start;
  end = stop;
  held = 0;
  holds = 0;
  missing = 0;
}

/** Makes sure that at least 32 bits are held; beyond the end they are zeros. */
// @ts-ignore: decorator
@inline
function fill(): void {
  while (holds <= 56) {
    if (at < end) held |= u64(load<u8>(at++)) << u64(holds);
    else missing += 8;
    holds += 8;
  }
}

// @ts-ignore: decorator
@inline
export function peek(length: u32): u32 {
  if (holds < length) fill();
  return u32(held & ((u64(1) << u64(length)) - 1));
}

// @ts-ignore: decorator
@inline
export function skip(length: u32): void {
  held >>= u64(length);
  holds -= length;
}

/** The next `length` (at most 32) bits. */
export function read(length: u32): u32 {
  const value = peek(length);
  skip(length);
  return value;
}

/** Whether more was read than there is. */
export function isExhausted(): bool {
  return missing > holds;
}

/** Drops the rest of the byte; false where it is not zero (RFC 7932 §9.2). */
export function alignReader(): bool {
  return read(holds & 7) == 0;
}

/** Address of the next whole byte, after `alignReader`. */
export function readAt(): usize {
  return at - ((holds - min(missing, holds)) >> 3);
}

export function isAtEnd(): bool {
  return readAt() == end;
}
