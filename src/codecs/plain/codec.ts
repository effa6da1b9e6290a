/**
 * How much work a coding is worth: `inline` while a client waits, `best` off the request path for
 * what is kept.
 */
export type Effort = "inline" | "best";

/** A content coding that needs no dictionary (RFC 9110 §8.4.1). */
export interface PlainCodec {
  readonly coding: "br" | "zstd" | "gzip";
  encode(
    content: Uint8Array<ArrayBuffer>,
    effort: Effort,
  ): Promise<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer>;
  /**
   * Compresses while the content passes, and lets out what it has at each pause of it; undefined if
   * this runtime can only take the whole.
   */
  readonly stream?: () => TransformStream<Uint8Array, Uint8Array>;
}
