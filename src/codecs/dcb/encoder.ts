import { DcbError } from "./errors.ts";
import { Instance } from "./wasm-calls.ts";

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

const MEGABYTE = 1 << 20;
const STATIC_DICTIONARY_BYTES = 122_784;

/** Returns a Brotli stream of about 34 KB whose content is the static dictionary of RFC 7932. */
export function staticDictionaryStream(module: WebAssembly.Module): Uint8Array<ArrayBuffer> {
  return new Instance(module).encodeWords();
}

/**
 * Encodes Brotli with a raw shared dictionary (RFC 7932, RFC 9841), without the header of `dcb`.
 * All its errors are `DcbError`s.
 */
export class DcbEncoder {
  readonly #module: WebAssembly.Module;
  readonly #options: DcbOptions;
  /** Reused after a success, if its memory is small. */
  #idle: Instance | undefined;
  #highWaterMark = 0;

  /** @param module `wasm/dcb/dcb.wasm`, compiled */
  constructor(module: WebAssembly.Module, options: DcbOptions = {}) {
    this.#module = module;
    this.#options = options;
    const words = options.staticDictionary?.length ?? STATIC_DICTIONARY_BYTES;
    if (words === STATIC_DICTIONARY_BYTES) return;
    const message = `the static dictionary has ${STATIC_DICTIONARY_BYTES} bytes, not ${words}`;
    throw new DcbError("bad-option", message);
  }

  /** The most memory that any call of this encoder has used, in bytes. */
  get highWaterMark(): number {
    return this.#highWaterMark;
  }

  /** Encodes the input as one stream. */
  encode(
    input: Uint8Array,
    dictionary: Uint8Array,
    { quality = 5, windowBits = 0 }: DcbEncodeOptions = {},
  ): Uint8Array<ArrayBuffer> {
    if (!Number.isInteger(quality) || quality < 1 || quality > 11) {
      throw new DcbError("bad-option", `quality is 1 to 11, not ${quality}`);
    }
    if (windowBits !== 0 && (!Number.isInteger(windowBits) || windowBits < 10 || windowBits > 24)) {
      throw new DcbError("bad-option", `windowBits is 10 to 24, not ${windowBits}`);
    }
    this.#check("an input", input, dictionary);
    const instance = this.#idle ?? new Instance(this.#module, this.#options.staticDictionary);
    this.#idle = undefined;
    const stream = this.#measured(instance, () => {
      instance.loadDictionary(dictionary);
      return instance.encode(input, quality, windowBits);
    });
    const { keepBytes = 64 * MEGABYTE } = this.#options;
    if (instance.memoryBytes <= keepBytes) this.#idle = instance;
    return stream;
  }

  /** Decodes a stream to at most `maxBytes`. */
  decode(stream: Uint8Array, dictionary: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
    this.#check("a stream", stream, dictionary);
    const instance = new Instance(this.#module, this.#options.staticDictionary);
    const most = Math.min(maxBytes, 0x7fff_ffff);
    return this.#measured(instance, () => instance.decode(stream, dictionary, most));
  }

  #check(what: string, { length }: Uint8Array, dictionary: Uint8Array): void {
    const { maxInputBytes = 16 * MEGABYTE, maxDictionaryBytes = 16 * MEGABYTE } = this.#options;
    if (length > maxInputBytes) {
      throw new DcbError("input-too-large", overLimit(what, length, maxInputBytes));
    }
    if (dictionary.length > maxDictionaryBytes) {
      const message = overLimit("a dictionary", dictionary.length, maxDictionaryBytes);
      throw new DcbError("dictionary-too-large", message);
    }
  }

  #measured<T>(instance: Instance, act: () => T): T {
    try {
      return act();
    } finally {
      this.#highWaterMark = Math.max(this.#highWaterMark, instance.highWaterMark);
    }
  }
}

function overLimit(what: string, length: number, limit: number): string {
  return `${what} of ${length} bytes is over the limit of ${limit}`;
}
