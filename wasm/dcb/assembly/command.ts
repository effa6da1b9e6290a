// The commands of one metablock: insert some literals, then copy (RFC 7932 §2).
import { commandSymbol, copyCodeOf, insertCodeOf } from "./lengths";

export const COMMAND_SIZE: u32 = 20;
export let commands: usize = 0;
export let commandCount: u32 = 0;
export let literalCount: u32 = 0;

export function startCommands(area: usize): void {
  commands = area;
  commandCount = 0;
  literalCount = 0;
}

// @ts-ignore: decorator
@inline
export function commandAt(index: u32): usize {
  return commands + usize(index) * COMMAND_SIZE;
}
// @ts-ignore: decorator
@inline
export function insertOf(command: usize): u32 {
  return load<u32>(command);
}
// @ts-ignore: decorator
@inline
export function copyOf(command: usize): u32 {
  return load<u32>(command, 4);
}
/** Copy length as it is in the stream. */
// @ts-ignore: decorator
@inline
export function codedCopyOf(command: usize): u32 {
  return load<u32>(command, 16);
}
/** Distance code value, see distance.ts. */
// @ts-ignore: decorator
@inline
export function valueOf(command: usize): u32 {
  return load<u32>(command, 8);
}
// @ts-ignore: decorator
@inline
export function symbolOf(command: usize): u32 {
  return load<u16>(command, 12);
}
/** Whether a distance follows in the stream: not with an implicit one, nor after the last literals. */
// @ts-ignore: decorator
@inline
export function hasDistance(command: usize): bool {
  return load<u16>(command, 12) >= 128 && load<u32>(command, 4) != 0;
}

/** Context of the distance, from the copy length (RFC 7932 §7.2). */
// @ts-ignore: decorator
@inline
export function distanceContext(command: usize): u32 {
  return min(codedCopyOf(command), 5) - 2;
}

/**
 * Appends a command; a `copy` of 0 ends the metablock after the literals. `coded` is the copy length in
 * the stream: that of the word, where a transformed one is copied (RFC 7932 §8).
 */
export function pushCommand(insert: u32, copy: u32, value: u32, coded: u32): void {
  const at = commandAt(commandCount++);
  literalCount += insert;
  store<u32>(at, insert);
  store<u32>(at, copy, 4);
  store<u32>(at, value, 8);
  const copyCode = copy == 0 ? 0 : copyCodeOf(coded);
  store<u16>(at, u16(commandSymbol(insertCodeOf(insert), copyCode, copy != 0 && value == 0)), 12);
  store<u32>(at, coded, 16);
}
