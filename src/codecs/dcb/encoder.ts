import { DcbError } from "./errors.ts";
import { Instance } from "./instance.ts";
import { concat } from "../../http/bytes.ts";

/** Options of a dcb encoder. */
interface DcbOptions {
  /**
   * The static dictionary (RFC 7932 Appendix A), with which prose gets smaller. Get it by decoding
   * `staticDictionaryStream` with the platform's Brotli. @default none
   */
  readonly staticDictionary?: Uint8Array;
  /** @default 16777216 */
  readonly maxInputBytes?: number;
  /** @default 16777216 */
  readonly maxDictionaryBytes?: number;
  /** Bytes of an instance's memory, at most; larger instances are not reused. @default 67108864 */
  readonly keepBytes?: number;
}

interface DcbEncodeOptions {
  /** 1 (fastest) to 11 (smallest). @default 5 */
  readonly quality?: number;
  /** WBITS, 10 to 24 (RFC 7932 §9.1); 0 for the smallest that fits the input. @default 0 */
  readonly windowBits?: number;
}

/** A dictionary whose match index is reused for several inputs. */
interface PreparedDictionary {
  readonly bytes: Uint8Array;
}

/** Encodes Brotli with a raw shared dictionary (RFC 7932, RFC 9841), without the header of `dcb`. */
interface DcbEncoder {
  /** Indexes a dictionary, whose bytes must not change while it is used. */
  prepare(dictionary: Uint8Array): PreparedDictionary;
  /** Encodes the input as one stream. @throws {DcbError} */
  encode(
    input: Uint8Array,
    dictionary: Uint8Array | PreparedDictionary | null,
    options?: DcbEncodeOptions,
  ): Uint8Array<ArrayBuffer>;
  /** Encodes the input in chunks, and yields each as soon as it is ready. @throws {DcbError} */
  encodeChunks(
    input: Uint8Array,
    dictionary: Uint8Array | PreparedDictionary | null,
    options?: DcbEncodeOptions,
  ): Generator<Uint8Array<ArrayBuffer>>;
  /** Decodes a stream to at most `maxBytes`. @throws {DcbError} */
  decode(
    stream: Uint8Array,
    dictionary: Uint8Array | null,
    maxBytes: number,
  ): Uint8Array<ArrayBuffer>;
  /** The most memory that any call of this encoder has used, in bytes. */
  readonly highWaterMark: number;
}

const NONE = new Uint8Array(0);
const MEGABYTE = 1 << 20;
const STATIC_DICTIONARY_BYTES = 122_784;

/** A dictionary with its idle instance; a call takes the instance, and returns it unless it failed. */
class Prepared implements PreparedDictionary {
  readonly bytes: Uint8Array;
  idle: Instance | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Returns a Brotli stream of about 34 KB whose content is the static dictionary of RFC 7932. */
export function staticDictionaryStream(module: WebAssembly.Module): Uint8Array<ArrayBuffer> {
  return new Instance(module).encodeWords();
}

const LIMITS = {
  maxInputBytes: 16 * MEGABYTE,
  maxDictionaryBytes: 16 * MEGABYTE,
  keepBytes: 64 * MEGABYTE,
};

function checkLength(
  what: "a dictionary" | "an input" | "a stream",
  length: number,
  limit: number,
): void {
  if (length <= limit) return;
  const code = what === "a dictionary" ? "dictionary-too-large" : "input-too-large";
  throw new DcbError(code, `${what} of ${length} bytes is over the limit of ${limit}`);
}

function checkedStatic({ staticDictionary }: DcbOptions): Uint8Array | undefined {
  const length = staticDictionary?.length ?? STATIC_DICTIONARY_BYTES;
  if (length === STATIC_DICTIONARY_BYTES) return staticDictionary;
  const message = `the static dictionary has ${STATIC_DICTIONARY_BYTES} bytes, not ${length}`;
  throw new DcbError("bad-option", message);
}

function checkedOptions({ quality = 5, windowBits = 0 }: DcbEncodeOptions) {
  if (!Number.isInteger(quality) || quality < 1 || quality > 11) {
    throw new DcbError("bad-option", `quality is 1 to 11, not ${quality}`);
  }
  if (windowBits !== 0 && (!Number.isInteger(windowBits) || windowBits < 10 || windowBits > 24)) {
    throw new DcbError("bad-option", `windowBits is 10 to 24, not ${windowBits}`);
  }
  return { quality, windowBits };
}

/** Creates an encoder with a compiled `wasm/dcb/dcb.wasm`. */
export function createDcbEncoder(module: WebAssembly.Module, options: DcbOptions = {}): DcbEncoder {
  const staticDictionary = checkedStatic(options);
  const { maxInputBytes, maxDictionaryBytes, keepBytes } = { ...LIMITS, ...options };
  let highWaterMark = 0;
  const plain: { idle?: Instance | undefined } = {};

  /** Runs a call on an idle or new instance; the instance is reused if the call succeeds and its memory is small. */
  function* withInstance<T>(
    dictionary: Uint8Array | PreparedDictionary,
    act: (instance: Instance) => Generator<T>,
  ): Generator<T> {
    const prepared = dictionary instanceof Prepared ? dictionary : undefined;
    const bytes = prepared?.bytes ?? (dictionary as Uint8Array);
    checkLength("a dictionary", bytes.length, maxDictionaryBytes);
    const shelf = prepared ?? plain;
    const { idle } = shelf;
    const instance = idle ?? new Instance(module, staticDictionary);
    shelf.idle = undefined;
    try {
      if (!prepared || !idle) instance.loadDictionary(bytes);
      yield* act(instance);
    } finally {
      highWaterMark = Math.max(highWaterMark, instance.highWaterMark);
    }
    if (instance.memoryBytes <= keepBytes) shelf.idle = instance;
  }

  function* encodeChunks(
    input: Uint8Array,
    dictionary: Uint8Array | PreparedDictionary | null,
    options: DcbEncodeOptions = {},
  ): Generator<Uint8Array<ArrayBuffer>> {
    const { quality, windowBits } = checkedOptions(options);
    checkLength("an input", input.length, maxInputBytes);
    const encode = (instance: Instance) => instance.encode(input, quality, windowBits);
    yield* withInstance(dictionary ?? NONE, encode);
  }

  return {
    prepare(bytes) {
      const prepared = new Prepared(bytes);
      // Indexes the dictionary now, so that a failure occurs here.
      for (const _ of withInstance(prepared, noChunks));
      return prepared;
    },
    encode(input, dictionary, options) {
      const chunks = [...encodeChunks(input, dictionary, options)];
      // Avoids a copy of a single chunk.
      return chunks.length === 1 && chunks[0] ? chunks[0] : concat(chunks);
    },
    encodeChunks,
    decode(stream, dictionary, maxBytes) {
      checkLength("a stream", stream.length, maxInputBytes);
      if (dictionary) checkLength("a dictionary", dictionary.length, maxDictionaryBytes);
      const instance = new Instance(module, staticDictionary);
      try {
        return instance.decode(stream, dictionary ?? NONE, Math.min(maxBytes, 0x7fff_ffff));
      } finally {
        highWaterMark = Math.max(highWaterMark, instance.highWaterMark);
      }
    },
    get highWaterMark() {
      return highWaterMark;
    },
  };
}

function* noChunks(): Generator<never> {}
