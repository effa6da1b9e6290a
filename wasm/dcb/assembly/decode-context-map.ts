// Context maps, read (RFC 7932 §7.3).
import { readVariable } from "./decode-blocks";
import { newCode } from "./decode-codes";
import { read } from "./read-bits";
import { readSymbol } from "./read-prefix-code";

/** Reads NTREES and a context map (RFC 7932 §7.3) to `map`; gives NTREES, 0 where it is not valid. */
export function readContextMap(map: usize, size: u32): u32 {
  const trees = readVariable();
  memory.fill(map, 0, size);
  if (trees == 1) return 1;
  const longest = read(1) == 1 ? read(4) + 1 : 0;
  const code = newCode(trees + longest);
  if (code == 0) return 0;
  let i: u32 = 0;
  while (i < size) {
    const symbol = readSymbol(code);
    if (symbol > longest) {
      store<u8>(map + i++, u8(symbol - longest));
      continue;
    }
    const run = (1 << symbol) + read(symbol);
    if (i + run > size) return 0;
    i += run;
  }
  if (read(1) == 1) undoMoveToFront(map, size);
  return trees;
}

function undoMoveToFront(map: usize, size: u32): void {
  const front = memory.data(256);
  for (let i: u32 = 0; i < 256; i++) store<u8>(front + i, u8(i));
  for (let i: u32 = 0; i < size; i++) {
    const rank = u32(load<u8>(map + i));
    const value = load<u8>(front + rank);
    store<u8>(map + i, value);
    memory.copy(front + 1, front, rank);
    store<u8>(front, value);
  }
}
