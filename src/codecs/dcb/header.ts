/** RFC 9842 §4: the bytes that mark a dictionary-compressed Brotli stream. */
const MAGIC = [0xff, 0x44, 0x43, 0x42];

/** Length of the header in front of the Brotli stream, in bytes. */
export const DCB_HEADER_BYTES = 36;

/** The header of a `dcb` content: the magic number, then the SHA-256 (32 bytes) of the dictionary. */
export function dcbHeader(hash: Uint8Array): Uint8Array<ArrayBuffer> {
  if (hash.length !== 32) throw new TypeError(`a SHA-256 has 32 bytes, not ${hash.length}`);
  const header = new Uint8Array(DCB_HEADER_BYTES);
  header.set(MAGIC);
  header.set(hash, MAGIC.length);
  return header;
}
