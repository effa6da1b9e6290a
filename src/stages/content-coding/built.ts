import type { DeltaCoding } from "./decide.ts";

/** Deltas that were built ahead of a deploy. */
export interface BuiltDeltas {
  /**
   * The whole content of a delta, in the first of the codings there is one for; checked against its
   * hash.
   *
   * @param content SHA-256 of the content, in hexadecimal
   * @param dictionary SHA-256 of the dictionary, in hexadecimal
   */
  find(
    content: string,
    dictionary: string,
    codings: readonly DeltaCoding[],
  ): Promise<
    { readonly coding: DeltaCoding; readonly content: Uint8Array<ArrayBuffer> } | undefined
  >;
}
