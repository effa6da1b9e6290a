// Where the decoder keeps the prefix codes of one metablock.
import { CODE_HEADER, readPrefixCode } from "./read-prefix-code";

/** Most room that the codes and context maps of one metablock can take. */
export const CODES: u32 = 1 << 20;
let start: usize = 0;
let now: usize = 0;

export function keepCodesAt(area: usize): void {
  start = area;
}

export function forgetCodes(): void {
  now = start;
}

/** Room for `size` bytes, aligned to 8. */
export function reserve(size: u32): usize {
  const at = now;
  now = (now + size + 7) & ~7;
  return at;
}

/** Reads a code over `size` symbols; 0 where it is not valid. */
export function newCode(size: u32): usize {
  const code = reserve(CODE_HEADER + size * 2);
  return readPrefixCode(code, size) ? code : 0;
}

/** Addresses (u32) of `count` codes over `size` symbols each; 0 where one is not valid. */
export function readCodes(count: u32, size: u32): usize {
  const list = reserve(count << 2);
  for (let c: u32 = 0; c < count; c++) {
    const code = newCode(size);
    if (code == 0) return 0;
    store<u32>(list + (c << 2), u32(code));
  }
  return list;
}
