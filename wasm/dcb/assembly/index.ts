export { highWaterMark } from "./memory";
export { encodeNext, indexDictionary, outputStart, reserveDictionary, reserveInput, startEncoding } from "./encoder";
export { decode, decodedLength, decodedStart, reserveStream, reserveStreamDictionary } from "./decode";
export { indexWords, reserveWords } from "./static-words";
export { encodeWords, wordsStreamStart } from "./words-stream";
