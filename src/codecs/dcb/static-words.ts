/** The exports of `wasm/dcb` that make the words' stream. */
interface WordsKernel {
  readonly memory: WebAssembly.Memory;
  encodeWords(): number;
  wordsStreamStart(): number;
}

/** Bytes of the static dictionary (RFC 7932 Appendix A). */
const SIZE = 122_784;

/** A Brotli stream of about 34 KB whose content is the static dictionary of RFC 7932. */
export function staticWordsStream(module: WebAssembly.Module): Uint8Array<ArrayBuffer> {
  const exports: unknown = new WebAssembly.Instance(module).exports;
  const kernel = exports as WordsKernel;
  const length = kernel.encodeWords();
  return new Uint8Array(kernel.memory.buffer, kernel.wordsStreamStart(), length).slice();
}

/**
 * The words of Brotli's static dictionary. Each Brotli decoder knows them, so that no bundle needs
 * their 58 KB; undefined if this one fails.
 *
 * @param module of `wasm/dcb/dcb.wasm`
 */
export function staticWords(
  module: WebAssembly.Module,
  decodeBrotli: (stream: Uint8Array) => Uint8Array,
): Uint8Array | undefined {
  try {
    const words = decodeBrotli(staticWordsStream(module));
    return words.length === SIZE ? words : undefined;
  } catch {
    return undefined;
  }
}
