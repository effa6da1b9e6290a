// A decoder for streams with a raw dictionary (RFC 7932 §10, RFC 9841).

import { prepareContexts } from "./context";
import { CODES, forgetCodes, keepCodesAt } from "./decode-codes";
import { decodeCommands } from "./decode-commands";
import { DECODED, MALFORMED, TOO_LARGE, TRUNCATED, at, moveTo, output, ring, setOutput, setStreamDictionary, setWindow } from "./decode-state";
import { startRing } from "./distance";
import { allocate, startArena } from "./memory";
import { alignReader, isAtEnd, isExhausted, read, readAt, readFrom } from "./read-bits";

let stream: usize = 0;
let streamLength: u32 = 0;
/** Most bytes that the stream may decode to. */
let limit: u32 = 0;

/** Makes room for a stream of `length` bytes, to be called first; gives its address. */
export function reserveStream(length: u32): usize {
  startArena();
  prepareContexts();
  streamLength = length;
  stream = allocate(length);
  return stream;
}

/** Makes room for the stream's dictionary, to be called second; gives its address. */
export function reserveStreamDictionary(length: u32): usize {
  const start = allocate(length);
  setStreamDictionary(start, length);
  keepCodesAt(allocate(CODES));
  return start;
}

export function decodedStart(): usize {
  return output;
}
export function decodedLength(): u32 {
  return u32(at - output);
}

/** Decodes the reserved stream to at most `most` bytes; gives one of the outcomes above. */
export function decode(most: u32): i32 {
  setOutput(allocate(0));
  limit = most;
  readFrom(stream, stream + streamLength);
  startRing(ring);
  if (!readWindow()) return MALFORMED;
  while (true) {
    const last = read(1) == 1;
    if (last && read(1) == 1) break;
    const outcome = decodeMetablock(last);
    if (isExhausted()) return TRUNCATED;
    if (outcome != DECODED) return outcome;
    if (last) break;
  }
  if (isExhausted()) return TRUNCATED;
  return alignReader() && isAtEnd() ? DECODED : MALFORMED;
}

/** RFC 7932 §9.1; the large-window extension is refused. */
function readWindow(): bool {
  let bits: u32 = 16;
  if (read(1) == 1) {
    bits = 17 + read(3);
    if (bits == 17) {
      const more = read(3);
      if (more == 1) return false;
      if (more > 1) bits = 8 + more;
    }
  }
  setWindow((1 << bits) - 16);
  return true;
}

/** RFC 7932 §9.2 up to ISUNCOMPRESSED, then the content. */
function decodeMetablock(last: bool): i32 {
  const nibbles = read(2) + 4;
  if (nibbles == 7) return skipMetadata();
  let length: u32 = 0;
  for (let n: u32 = 0; n < nibbles; n++) length |= read(4) << (n << 2);
  if (nibbles > 4 && length >> ((nibbles - 1) << 2) == 0) return MALFORMED;
  length++;
  if (u64(at - output) + u64(length) > u64(limit)) return TOO_LARGE;
  // Room for what the metablock adds; the arena only grows here.
  allocate(length);
  if (!last && read(1) == 1) return copyUncompressed(length);
  forgetCodes();
  return decodeCommands(at + length);
}

/** RFC 7932 §9.2, MNIBBLES 0: bytes that are no content. */
function skipMetadata(): i32 {
  if (read(1) != 0) return MALFORMED;
  const bytes = read(2);
  let length: u32 = 0;
  for (let n: u32 = 0; n < bytes; n++) length |= read(8) << (n << 3);
  if (bytes > 0) {
    if (bytes > 1 && length >> ((bytes - 1) << 3) == 0) return MALFORMED;
    length++;
  }
  if (!alignReader()) return MALFORMED;
  for (; length > 0 && !isExhausted(); length--) read(8);
  return DECODED;
}

function copyUncompressed(length: u32): i32 {
  if (!alignReader()) return MALFORMED;
  const from = readAt();
  if (u64(from) + u64(length) > u64(stream + streamLength)) return TRUNCATED;
  memory.copy(at, from, length);
  moveTo(at + length);
  readFrom(from + length, stream + streamLength);
  return DECODED;
}
