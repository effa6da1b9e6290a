/** The effort of an encoding: `inline` while a client waits, `best` in the background. */
export type Effort = "inline" | "best";

/** A content coding that needs no dictionary (RFC 9110 §8.4.1). */
export interface PlainCodec {
  readonly coding: "br" | "zstd" | "gzip";
  encode(
    content: Uint8Array<ArrayBuffer>,
    effort: Effort,
  ): Promise<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer>;
  /**
   * Encodes a stream, and flushes at each pause; undefined if this runtime can't stream.
   *
   * @param length bytes of the content, if known; content that may be large gets less effort
   */
  readonly stream?: (length?: number) => TransformStream<Uint8Array, Uint8Array>;
}
