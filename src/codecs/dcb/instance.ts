import { concat } from "../../http/bytes.ts";

/** The exports of `wasm/dcb` that the proxy uses; addresses and lengths in bytes of its memory. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  reserveWords(): number;
  indexWords(): void;
  reserveDictionary(length: number): number;
  indexDictionary(): void;
  reserveInput(length: number): number;
  startEncoding(length: number, quality: number, windowBits: number): void;
  encodeNext(): number;
  outputStart(): number;
  reserveStream(length: number): number;
  reserveStreamDictionary(length: number): number;
  decode(most: number): number;
  decodedStart(): number;
  decodedLength(): number;
}

/** The smallest window that fits the input. */
const FITTING_WINDOW = 0;

const OUTCOMES = [
  "decoded",
  /** The stream is not valid Brotli (RFC 7932 §10). */
  "malformed",
  "truncated",
  "output-too-large",
  /** The stream names a static word (RFC 7932 §8), and there are none, or under a transform that ours do not use. */
  "static-dictionary",
];

/**
 * One instance of our encoder and decoder for Brotli with a raw dictionary (RFC 7932, RFC 9841),
 * without the header of `dcb`. It must not be used after an error.
 */
export class Instance {
  readonly #kernel: Kernel;

  /**
   * @param exports of an instance of `wasm/dcb/dcb.wasm`
   * @param words of Brotli's static dictionary, for streams that name them. @default none
   */
  constructor(exports: WebAssembly.Exports, words?: Uint8Array) {
    this.#kernel = exports as unknown as Kernel;
    if (words === undefined) return;
    this.#copyIn(this.#kernel.reserveWords(), words);
    this.#kernel.indexWords();
  }

  get memoryBytes(): number {
    return this.#kernel.memory.buffer.byteLength;
  }

  /** @param quality 1 (fastest) to 11 (smallest) */
  encode(input: Uint8Array, dictionary: Uint8Array, quality: number): Uint8Array<ArrayBuffer> {
    this.#copyIn(this.#kernel.reserveDictionary(dictionary.length), dictionary);
    this.#kernel.indexDictionary();
    this.#copyIn(this.#kernel.reserveInput(input.length), input);
    this.#kernel.startEncoding(input.length, quality, FITTING_WINDOW);
    // Each chunk has one or more metablocks.
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let length; (length = this.#kernel.encodeNext()) !== 0;) {
      chunks.push(this.#copyOut(this.#kernel.outputStart(), length));
    }
    const [first] = chunks;
    // Avoids a copy of a single chunk.
    return first !== undefined && chunks.length === 1 ? first : concat(chunks);
  }

  /** Decodes a stream to at most `maxBytes`, below 2 GiB. Throws an Error with the outcome. */
  decode(stream: Uint8Array, dictionary: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
    this.#copyIn(this.#kernel.reserveStream(stream.length), stream);
    this.#copyIn(this.#kernel.reserveStreamDictionary(dictionary.length), dictionary);
    const outcome = OUTCOMES[this.#kernel.decode(maxBytes)] ?? "malformed";
    if (outcome !== "decoded") throw new Error(`Brotli stream: ${outcome}`);
    return this.#copyOut(this.#kernel.decodedStart(), this.#kernel.decodedLength());
  }

  #copyIn(address: number, bytes: Uint8Array): void {
    // The buffer is read each time, since it changes when the memory grows.
    new Uint8Array(this.#kernel.memory.buffer).set(bytes, address >>> 0);
  }

  #copyOut(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#kernel.memory.buffer, address >>> 0, length >>> 0).slice();
  }
}
