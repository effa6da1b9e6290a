// A stream that consists of all static words, for the platform's own decoder: that is how we get them.
import { put, startStream, writeTo, writtenTo, alignToByte } from "./bits";
import { COMMAND_SIZE, pushCommand, startCommands } from "./command";
import { prepareContexts } from "./context";
import { setLevel } from "./level";
import { prepareLog2 } from "./log2";
import { allocate, startArena } from "./memory";
import { putMetablock } from "./metablock";
import { WORDS_SIZE, bitsOfWords } from "./static-words";

let stream: usize = 0;

/** Writes the stream and gives its length; the words follow one another as in RFC 7932 Appendix A. */
export function encodeWords(): u32 {
  startArena();
  prepareLog2();
  prepareContexts();
  setLevel(1);
  startCommands(allocate(13504 * COMMAND_SIZE));
  let position: u32 = 0;
  for (let length: u32 = 4; length <= 24; length++) {
    for (let index: u32 = 0, count: u32 = 1 << bitsOfWords(length); index < count; index++) {
      // Word `index` lies right beyond all that was written (RFC 7932 §8).
      pushCommand(0, length, position + 1 + index + 15, length);
      position += length;
    }
  }
  stream = allocate(1 << 18);
  writeTo(stream);
  startStream();
  // WBITS 17 (RFC 7932 §9.1): the window holds them all.
  put(1, 7);
  putMetablock(stream, WORDS_SIZE, 0, 0, true);
  alignToByte();
  return u32(writtenTo() - stream);
}

export function wordsStreamStart(): usize {
  return stream;
}
