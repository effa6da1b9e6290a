// Insert, copy and block counts: a code, a base value and extra bits (RFC 7932 §5 and §6).
const insertBase = memory.data<u32>([0, 1, 2, 3, 4, 5, 6, 8, 10, 14, 18, 26, 34, 50, 66, 98, 130, 194, 322, 578, 1090, 2114, 6210, 22594]);
const insertBits = memory.data<u8>([0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 12, 14, 24]);
const copyBase = memory.data<u32>([2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 18, 22, 30, 38, 54, 70, 102, 134, 198, 326, 582, 1094, 2118]);
const copyBits = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 24]);
const countBase = memory.data<u32>([1, 5, 9, 13, 17, 25, 33, 41, 49, 65, 81, 97, 113, 145, 177, 209, 241, 305, 369, 497, 753, 1265, 2289, 4337, 8433, 16625]);
const countBits = memory.data<u8>([2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 7, 8, 9, 10, 11, 12, 13, 24]);
/** First symbol of each cell: insert codes 0-7, 8-15, 16-23 by copy codes 0-7, 8-15, 16-23 (RFC 7932 §5). */
const cells = memory.data<u16>([128, 192, 384, 256, 320, 512, 448, 576, 640]);

// @ts-ignore: decorator
@inline
export function insertBaseOf(code: u32): u32 {
  return load<u32>(insertBase + (code << 2));
}
// @ts-ignore: decorator
@inline
export function insertBitsOf(code: u32): u32 {
  return load<u8>(insertBits + code);
}
// @ts-ignore: decorator
@inline
export function copyBaseOf(code: u32): u32 {
  return load<u32>(copyBase + (code << 2));
}
// @ts-ignore: decorator
@inline
export function copyBitsOf(code: u32): u32 {
  return load<u8>(copyBits + code);
}
// @ts-ignore: decorator
@inline
export function countBaseOf(code: u32): u32 {
  return load<u32>(countBase + (code << 2));
}
// @ts-ignore: decorator
@inline
export function countBitsOf(code: u32): u32 {
  return load<u8>(countBits + code);
}
// @ts-ignore: decorator
@inline
export function cellOf(insertCode: u32, copyCode: u32): u32 {
  return load<u16>(cells + (((insertCode >> 3) * 3 + (copyCode >> 3)) << 1));
}

export function insertCodeOf(length: u32): u32 {
  if (length < 6) return length;
  if (length < 130) {
    const bits = 30 - clz(length - 2);
    return (bits << 1) + ((length - 2) >> bits) + 2;
  }
  if (length < 2114) return 41 - clz(length - 66);
  return length < 6210 ? 21 : length < 22594 ? 22 : 23;
}

export function copyCodeOf(length: u32): u32 {
  if (length < 10) return length - 2;
  if (length < 134) {
    const bits = 30 - clz(length - 6);
    return (bits << 1) + ((length - 6) >> bits) + 4;
  }
  return length < 2118 ? 43 - clz(length - 70) : 23;
}

export function countCodeOf(count: u32): u32 {
  let code: u32 = 0;
  while (code < 25 && countBaseOf(code + 1) <= count) code++;
  return code;
}

/** Insert-and-copy symbol; `implicit`: the distance is the last one and is left out (RFC 7932 §5). */
// @ts-ignore: decorator
@inline
export function commandSymbol(insertCode: u32, copyCode: u32, implicit: bool): u32 {
  const low = ((insertCode & 7) << 3) | (copyCode & 7);
  if (implicit && insertCode < 8 && copyCode < 16) return ((copyCode >> 3) << 6) | low;
  return cellOf(insertCode, copyCode) | low;
}

/** Insert code of a symbol in the low half, copy code in the high half. */
export function codesOfSymbol(symbol: u32): u32 {
  let insert: u32 = 0;
  let copy: u32 = 0;
  if (symbol < 128) {
    copy = symbol >> 6;
  } else {
    const first = symbol & ~63;
    for (let cell: u32 = 0; cell < 9; cell++) {
      if (load<u16>(cells + (cell << 1)) == first) {
        insert = cell / 3;
        copy = cell % 3;
      }
    }
  }
  return ((insert << 3) | ((symbol >> 3) & 7)) | (((copy << 3) | (symbol & 7)) << 16);
}
