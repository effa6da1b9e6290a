import { DcbError } from "./errors.ts";
import { Instance } from "./instance.ts";
import { concat } from "../../http/bytes.ts";

/** Options of a dcb encoder. */
export interface DcbOptions {
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

export interface DcbEncodeOptions {
  /** 1 (fastest) to 11 (smallest). @default 5 */
  readonly quality?: number;
  /** WBITS, 10 to 24 (RFC 7932 §9.1); 0 for the smallest that fits the input. @default 0 */
  readonly windowBits?: number;
}

/** A dictionary whose match index is reused for several inputs. */
export interface PreparedDictionary {
  readonly bytes: Uint8Array;
}

/** Encodes Brotli with a raw shared dictionary (RFC 7932, RFC 9841), without the header of `dcb`. */
export interface DcbEncoder {
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

/** Creates an encoder with a compiled `wasm/dcb/dcb.wasm`. */
export function createDcbEncoder(module: WebAssembly.Module, options: DcbOptions = {}): DcbEncoder {
  const {
    staticDictionary,
    maxInputBytes = 16 * MEGABYTE,
    maxDictionaryBytes = 16 * MEGABYTE,
    keepBytes = 64 * MEGABYTE,
  } = options;
  if (staticDictionary && staticDictionary.length !== STATIC_DICTIONARY_BYTES) {
    throw new DcbError(
      "bad-option",
      `the static dictionary has ${STATIC_DICTIONARY_BYTES} bytes, not ${staticDictionary.length}`,
    );
  }
  let highWaterMark = 0;
  let idle: Instance | undefined;

  /** Runs a call on an idle or new instance; the instance is reused if the call succeeds and its memory is small. */
  function* withInstance<T>(
    dictionary: Uint8Array | PreparedDictionary,
    act: (instance: Instance) => Generator<T>,
  ): Generator<T> {
    const prepared = dictionary instanceof Prepared ? dictionary : undefined;
    const bytes = prepared ? prepared.bytes : (dictionary as Uint8Array);
    if (bytes.length > maxDictionaryBytes) {
      throw new DcbError(
        "dictionary-too-large",
        `a dictionary of ${bytes.length} bytes is over the limit of ${maxDictionaryBytes}`,
      );
    }
    let instance = prepared ? prepared.idle : idle;
    const fresh = instance === undefined;
    instance ??= new Instance(module, staticDictionary);
    if (prepared) prepared.idle = undefined;
    else idle = undefined;
    try {
      if (!prepared || fresh) instance.loadDictionary(bytes);
      yield* act(instance);
    } finally {
      highWaterMark = Math.max(highWaterMark, instance.highWaterMark);
    }
    if (instance.memoryBytes > keepBytes) return;
    if (prepared) prepared.idle = instance;
    else idle = instance;
  }

  function* encodeChunks(
    input: Uint8Array,
    dictionary: Uint8Array | PreparedDictionary | null,
    options: DcbEncodeOptions = {},
  ): Generator<Uint8Array<ArrayBuffer>> {
    const { quality = 5, windowBits = 0 } = options;
    if (!Number.isInteger(quality) || quality < 1 || quality > 11) {
      throw new DcbError("bad-option", `quality is 1 to 11, not ${quality}`);
    }
    if (windowBits !== 0 && (!Number.isInteger(windowBits) || windowBits < 10 || windowBits > 24)) {
      throw new DcbError("bad-option", `windowBits is 10 to 24, not ${windowBits}`);
    }
    if (input.length > maxInputBytes) {
      throw new DcbError(
        "input-too-large",
        `an input of ${input.length} bytes is over the limit of ${maxInputBytes}`,
      );
    }
    yield* withInstance(dictionary ?? NONE, (instance) =>
      instance.encode(input, quality, windowBits),
    );
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
      if (stream.length > maxInputBytes) {
        throw new DcbError(
          "input-too-large",
          `a stream of ${stream.length} bytes is over the limit of ${maxInputBytes}`,
        );
      }
      if (dictionary && dictionary.length > maxDictionaryBytes) {
        throw new DcbError(
          "dictionary-too-large",
          `a dictionary of ${dictionary.length} bytes is over the limit of ${maxDictionaryBytes}`,
        );
      }
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
