import { concat } from "../../http/bytes.ts";
import { DcbError } from "./errors.ts";

/** The exports of `wasm/dcb`; addresses and lengths are in bytes of its memory. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  highWaterMark(): number;
  reserveWords(): number;
  indexWords(): void;
  encodeWords(): number;
  wordsStreamStart(): number;
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

const OUTCOMES = [
  "decoded",
  "malformed",
  "truncated",
  "output-too-large",
  "static-dictionary",
] as const;

/** One instance of the module, which must not be used after an error. */
export class Instance {
  readonly #kernel: Kernel;

  /** @param words the static dictionary of RFC 7932, if given */
  constructor(module: WebAssembly.Module, words?: Uint8Array) {
    this.#kernel = new WebAssembly.Instance(module, {}).exports as unknown as Kernel;
    if (words === undefined) return;
    guard(() => {
      this.#copyIn(this.#kernel.reserveWords(), words);
      this.#kernel.indexWords();
    });
  }

  get memoryBytes(): number {
    return this.#kernel.memory.buffer.byteLength;
  }

  get highWaterMark(): number {
    return this.#kernel.highWaterMark() >>> 0;
  }

  loadDictionary(dictionary: Uint8Array): void {
    guard(() => {
      this.#copyIn(this.#kernel.reserveDictionary(dictionary.length), dictionary);
      this.#kernel.indexDictionary();
    });
  }

  /** Encodes all words of the static dictionary; the instance has no other use after that. */
  encodeWords(): Uint8Array<ArrayBuffer> {
    return guard(() => {
      const length = this.#kernel.encodeWords();
      return this.#copyOut(this.#kernel.wordsStreamStart(), length);
    });
  }

  encode(input: Uint8Array, quality: number, windowBits: number): Uint8Array<ArrayBuffer> {
    return guard(() => {
      this.#copyIn(this.#kernel.reserveInput(input.length), input);
      this.#kernel.startEncoding(input.length, quality, windowBits);
      // Each chunk has one or more metablocks.
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for (let length; (length = this.#kernel.encodeNext()) !== 0;) {
        chunks.push(this.#copyOut(this.#kernel.outputStart(), length));
      }
      const [first] = chunks;
      // Avoids a copy of a single chunk.
      return first !== undefined && chunks.length === 1 ? first : concat(chunks);
    });
  }

  decode(stream: Uint8Array, dictionary: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
    return guard(() => {
      this.#copyIn(this.#kernel.reserveStream(stream.length), stream);
      this.#copyIn(this.#kernel.reserveStreamDictionary(dictionary.length), dictionary);
      const outcome = OUTCOMES[this.#kernel.decode(maxBytes)] ?? "malformed";
      if (outcome !== "decoded") throw new DcbError(outcome, `Brotli stream: ${outcome}`);
      return this.#copyOut(this.#kernel.decodedStart(), this.#kernel.decodedLength());
    });
  }

  #copyIn(address: number, bytes: Uint8Array): void {
    // The buffer is read each time, since it changes when the memory grows.
    new Uint8Array(this.#kernel.memory.buffer).set(bytes, address >>> 0);
  }

  #copyOut(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#kernel.memory.buffer, address >>> 0, length >>> 0).slice();
  }
}

function guard<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof DcbError) throw cause;
    throw new DcbError("trap", "the dcb module failed", { cause });
  }
}
