// What surrounds the content of metablocks (RFC 7932 §9.2).
import { alignToByte, put, putBytes } from "./bits";

/** RFC 7932 §9.2: ISLAST to ISUNCOMPRESSED, which a last metablock lacks. */
export function putMetablockStart(length: u32, uncompressed: bool, last: bool): void {
  put(last ? 1 : 0, last ? 2 : 1);
  const nibbles = length - 1 < 1 << 16 ? 4 : length - 1 < 1 << 20 ? 5 : 6;
  put(nibbles - 4, 2);
  put(length - 1, nibbles << 2);
  if (!last) put(uncompressed ? 1 : 0, 1);
}

export function putUncompressed(source: usize, length: u32): void {
  putMetablockStart(length, true, false);
  alignToByte();
  putBytes(source, length);
}

/** ISLAST and ISLASTEMPTY, padded to a byte. */
export function putStreamEnd(): void {
  put(3, 2);
  alignToByte();
}
