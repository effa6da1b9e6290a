import { Instance } from "../../src/codecs/dcb/instance.ts";

export { staticWordsStream } from "../../src/codecs/dcb/static-words.ts";

/** The exports of `wasm/dcb` that the proxy does not use, and the one that chooses the window. */
interface WholeKernel {
  readonly memory: WebAssembly.Memory;
  highWaterMark(): number;
  startEncoding(length: number, quality: number, windowBits: number): void;
}

function instantiate(module: WebAssembly.Module) {
  return new WebAssembly.Instance(module).exports as WebAssembly.Exports & WholeKernel;
}

/** All that the kernel can do: with and without the static dictionary, and with all windows. */
export class DcbEncoder {
  /** The most memory that any call has used, in bytes. */
  highWaterMark = 0;
  readonly #module: WebAssembly.Module;
  readonly #staticDictionary: Uint8Array | undefined;
  #windowBits = 0;
  /** Reused after a success. */
  #idle: ReturnType<DcbEncoder["open"]> | undefined;

  constructor(module: WebAssembly.Module, staticDictionary?: Uint8Array) {
    this.#module = module;
    this.#staticDictionary = staticDictionary;
  }

  encode(
    input: Uint8Array,
    dictionary: Uint8Array,
    { quality = 5, windowBits = 0 }: { quality?: number; windowBits?: number } = {},
  ): Uint8Array<ArrayBuffer> {
    const opened = this.#idle ?? this.open();
    this.#idle = undefined;
    this.#windowBits = windowBits;
    const stream = opened.instance.encode(input, dictionary, quality);
    this.#idle = opened;
    this.highWaterMark = Math.max(this.highWaterMark, opened.kernel.highWaterMark() >>> 0);
    return stream;
  }

  decode(stream: Uint8Array, dictionary: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
    return this.open().instance.decode(stream, dictionary, maxBytes);
  }

  open() {
    const kernel = instantiate(this.#module);
    const startEncoding = (length: number, quality: number): void =>
      kernel.startEncoding(length, quality, this.#windowBits);
    return { kernel, instance: new Instance({ ...kernel, startEncoding }, this.#staticDictionary) };
  }
}
