// The three sequences of symbols of a metablock, with their contexts, from its commands.
import { allocate } from "./memory";
import { commandAt, commandCount, copyOf, distanceContext, hasDistance, insertOf, literalCount, symbolOf, valueOf } from "./command";
import { UTF8, contextOf } from "./context";
import { distanceSymbol } from "./distance";

/** Literals and the symbols of commands and distances are u16, contexts u8. */
export let literals: usize = 0;
export let contexts: usize = 0;
export let commandSymbols: usize = 0;
export let distanceSymbols: usize = 0;
export let distanceContexts: usize = 0;
export let distanceCount: u32 = 0;
/** Mode of the literals' contexts (RFC 7932 §7.1). */
export let contextMode: u32 = UTF8;

/** Takes the commands of the block that begins at `source`. */
export function collect(source: usize): void {
  literals = allocate(literalCount << 1);
  contexts = allocate(literalCount);
  commandSymbols = allocate(commandCount << 1);
  distanceContexts = allocate(commandCount);
  let n: u32 = 0;
  let d: u32 = 0;
  for (let c: u32 = 0; c < commandCount; c++) {
    const command = commandAt(c);
    store<u16>(commandSymbols + (c << 1), u16(symbolOf(command)));
    if (hasDistance(command)) store<u8>(distanceContexts + d++, u8(distanceContext(command)));
    for (let i = insertOf(command); i > 0; i--) store<u16>(literals + (n++ << 1), u16(load<u8>(source++)));
    source += copyOf(command);
  }
  distanceCount = d;
}

/** The context of each literal in `mode`; `last` and `before` are the two bytes ahead of the block. */
export function collectContexts(mode: u32, source: usize, last: u32, before: u32): void {
  contextMode = mode;
  let n: u32 = 0;
  for (let c: u32 = 0; c < commandCount; c++) {
    const command = commandAt(c);
    for (let i = insertOf(command); i > 0; i--) {
      store<u8>(contexts + n++, u8(contextOf(mode, last, before)));
      before = last;
      last = u32(load<u8>(source++));
    }
    const copy = copyOf(command);
    source += copy;
    if (copy != 0) {
      last = u32(load<u8>(source - 1));
      before = u32(load<u8>(source - 2));
    }
  }
}

/** Under the distance parameters of the metablock. */
export function collectDistances(): void {
  distanceSymbols = allocate(distanceCount << 1);
  let d: u32 = 0;
  for (let c: u32 = 0; c < commandCount; c++) {
    const command = commandAt(c);
    if (hasDistance(command)) store<u16>(distanceSymbols + (d++ << 1), u16(distanceSymbol(valueOf(command))));
  }
}
