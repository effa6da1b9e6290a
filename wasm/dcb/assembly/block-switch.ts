// Block types and counts in the stream (RFC 7932 §6 and §9.2).
import { put } from "./bits";
import { assignCodes, buildLengths } from "./huffman";
import { countBaseOf, countBitsOf, countCodeOf } from "./lengths";
import { putPrefixCode, symbolWidth } from "./prefix-code";
import { allocate } from "./memory";
import { Split } from "./split";

/** Where the writer stands in one of the three block categories, with its codes. */
@unmanaged
export class Switch {
  split: usize;
  block: u32;
  left: u32;
  type: u32;
  previous: u32;
  typeLengths: usize;
  typeCodes: usize;
  countLengths: usize;
  countCodes: usize;
}

const typeCounts = memory.data(1040);
const blockCounts = memory.data(104);

/** 1 for the type after the current one, 0 for the one before it in time, else type + 2. */
function typeCode(type: u32, current: u32, previous: u32): u32 {
  if (type == current + 1) return 1;
  return type == previous ? 0 : type + 2;
}

/** A value of 1 to 256 (RFC 7932 §9.2, NBLTYPES and NTREES). */
export function putVariable(value: u32): void {
  value--;
  if (value == 0) {
    put(0, 1);
    return;
  }
  const bits = 31 - clz(value);
  put(1 | (bits << 1), 4);
  put(value - (1 << bits), bits);
}

export function newSwitch(): Switch {
  const state = changetype<Switch>(allocate(offsetof<Switch>()));
  state.typeLengths = allocate(260);
  state.typeCodes = allocate(520);
  state.countLengths = allocate(26);
  state.countCodes = allocate(52);
  return state;
}

/** Writes NBLTYPES and, with several types, both codes and the first count. */
export function putSwitchHeader(state: Switch, split: Split): void {
  state.split = changetype<usize>(split);
  state.block = 0;
  state.left = load<u32>(split.lengthOf);
  state.type = 0;
  state.previous = 1;
  putVariable(split.types);
  if (split.types == 1) {
    state.left = u32.MAX_VALUE;
    return;
  }
  memory.fill(typeCounts, 0, 1040);
  memory.fill(blockCounts, 0, 104);
  let current: u32 = 0;
  let previous: u32 = 1;
  for (let b: u32 = 0; b < split.blocks; b++) {
    const type = u32(load<u8>(split.typeOf + b));
    if (b > 0) {
      const at = typeCounts + (typeCode(type, current, previous) << 2);
      store<u32>(at, load<u32>(at) + 1);
      previous = current;
      current = type;
    }
    const at = blockCounts + (countCodeOf(load<u32>(split.lengthOf + (b << 2))) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  const size = split.types + 2;
  const types = buildLengths(typeCounts, size, 15, state.typeLengths);
  putPrefixCode(state.typeLengths, size, types, symbolWidth(size));
  assignCodes(state.typeLengths, size, state.typeCodes);
  if (types <= 1) memory.fill(state.typeLengths, 0, size);
  const counts = buildLengths(blockCounts, 26, 15, state.countLengths);
  putPrefixCode(state.countLengths, 26, counts, 5);
  assignCodes(state.countLengths, 26, state.countCodes);
  if (counts <= 1) memory.fill(state.countLengths, 0, 26);
  putCount(state, state.left);
}

function putCount(state: Switch, count: u32): void {
  const code = countCodeOf(count);
  put(load<u16>(state.countCodes + (code << 1)), load<u8>(state.countLengths + code));
  put(count - countBaseOf(code), countBitsOf(code));
}

/** To be called before each symbol of the category. */
// @ts-ignore: decorator
@inline
export function step(state: Switch): void {
  if (state.left == 0) nextBlock(state);
  state.left--;
}

function nextBlock(state: Switch): void {
  const split = changetype<Split>(state.split);
  const block = ++state.block;
  const type = u32(load<u8>(split.typeOf + block));
  const code = typeCode(type, state.type, state.previous);
  put(load<u16>(state.typeCodes + (code << 1)), load<u8>(state.typeLengths + code));
  state.previous = state.type;
  state.type = type;
  state.left = load<u32>(split.lengthOf + (block << 2));
  putCount(state, state.left);
}
