// Distances: the ring of the last four, short codes, and the alphabet (RFC 7932 §4).

/** Distance parameters of the current metablock (RFC 7932 §9.2). */
export let postfixBits: u32 = 0;
export let directCodes: u32 = 0;

/** The largest distance that the alphabet can express without the large-window extension. */
export const MAX_DISTANCE: u32 = 0x3fffffc;

export function setDistanceParameters(postfix: u32, direct: u32): void {
  postfixBits = postfix;
  directCodes = direct;
}

export function distanceAlphabet(): u32 {
  return 16 + directCodes + (48 << postfixBits);
}

/**
 * A distance code value is 0 to 15 for a short code and distance + 15 for any other distance.
 * Gives the symbol in the low 16 bits and the number of extra bits above.
 */
// @ts-ignore: decorator
@inline
export function distanceSymbol(value: u32): u32 {
  if (value < 16 + directCodes) return value;
  const rest = value - 16 - directCodes;
  const high = (rest >> postfixBits) + 4;
  const bits = 30 - clz(high);
  const low = rest & ((1 << postfixBits) - 1);
  const code = ((bits - 1) << 1) | ((high >> bits) & 1);
  return (16 + directCodes + (code << postfixBits) + low) | (bits << 16);
}

// @ts-ignore: decorator
@inline
export function distanceExtra(value: u32, bits: u32): u32 {
  return (((value - 16 - directCodes) >> postfixBits) + 4) & ((1 << bits) - 1);
}

/** Distance that short code `code` stands for, given a ring (4 u32, the last one first); may be 0 or less. */
// @ts-ignore: decorator
@inline
export function shortDistance(ring: usize, code: u32): i32 {
  if (code < 4) return load<i32>(ring + (code << 2));
  const step = i32((code - 4) % 6);
  const base = load<i32>(ring + (code >= 10 ? 4 : 0));
  return (step & 1) == 0 ? base - (step >> 1) - 1 : base + (step >> 1) + 1;
}

/** Cheapest code value for a distance. */
export function distanceValue(ring: usize, distance: u32): u32 {
  for (let code: u32 = 0; code < 16; code++) {
    if (shortDistance(ring, code) == i32(distance)) return code;
  }
  return distance + 15;
}

// @ts-ignore: decorator
@inline
export function pushDistance(ring: usize, distance: u32): void {
  store<u64>(ring + 8, (load<u64>(ring + 8) << 32) | u64(load<u32>(ring + 4)));
  store<u32>(ring + 4, load<u32>(ring));
  store<u32>(ring, distance);
}

/** RFC 7932 §4: the ring starts as 16, 15, 11, 4, with 4 the last. */
export function startRing(ring: usize): void {
  store<u32>(ring, 4);
  store<u32>(ring, 11, 4);
  store<u32>(ring, 15, 8);
  store<u32>(ring, 16, 12);
}
