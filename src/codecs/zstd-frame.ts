import { mostDczWindow } from "./delta.ts";

/** The fields of a frame's header on which a client's decoder depends. */
interface Frame {
  /** Bytes of content that the decoder must have in memory. */
  readonly window: number;
  readonly hasChecksum: boolean;
}

/** Bytes of the dictionary's id and of the content's size, by the bits of the descriptor. */
const ID_BYTES = [0, 1, 2, 4] as const;
const SIZE_BYTES = [0, 2, 4, 8] as const;

/** Reads the header of a zstd frame (RFC 8878 §3.1.1.1); undefined if there is none. */
export function readZstdFrame(stream: Uint8Array): Frame | undefined {
  const bytes = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  if (bytes.byteLength < 6) return undefined;
  if (bytes.getUint32(0, true) !== 0xfd2fb528) return undefined;
  const descriptor = bytes.getUint8(4);
  const hasChecksum = (descriptor & 4) !== 0;
  if ((descriptor & 32) === 0) {
    const log = 10 + (bytes.getUint8(5) >> 3);
    const base = 2 ** log;
    return { window: base + (base / 8) * (bytes.getUint8(5) & 7), hasChecksum };
  }
  // A single segment: the window is the content.
  const at = 5 + (ID_BYTES[descriptor & 3] ?? 0);
  const size = SIZE_BYTES[descriptor >> 6] || 1;
  if (at + size > bytes.byteLength) return undefined;
  if (size === 1) return { window: bytes.getUint8(at), hasChecksum };
  if (size === 2) return { window: bytes.getUint16(at, true) + 256, hasChecksum };
  if (size === 4) return { window: bytes.getUint32(at, true), hasChecksum };
  return { window: Number(bytes.getBigUint64(at, true)), hasChecksum };
}

/**
 * Whether each client can decode the frame and notices damage: its window is not larger than RFC 9842
 * §5 allows, and it has a checksum.
 */
export function isClientFrame(stream: Uint8Array, dictionaryLength: number): boolean {
  const frame = readZstdFrame(stream);
  return frame?.hasChecksum === true && frame.window <= mostDczWindow(dictionaryLength);
}
