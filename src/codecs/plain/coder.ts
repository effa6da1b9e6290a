import { concat } from "../../http/bytes.ts";

/** The part of a `node:zlib` stream that is used here, on Node and Workers. */
export interface Coder {
  on(event: "data", listener: (chunk: Uint8Array<ArrayBuffer>) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  write(chunk: Uint8Array, done: (error?: Error | null) => void): boolean;
  /** Emits the output of everything that was written. */
  flush(kind: number, done?: () => void): void;
  end(): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
  removeAllListeners(): unknown;
}

/**
 * Ends the use of a coder. V8 frees what has a native part, and all that it reaches, only in a full
 * collection; so the coder must not reach the request.
 */
export function letGo(coder: Pick<Coder, "removeAllListeners" | "on">): void {
  coder.removeAllListeners();
  coder.on("error", () => {});
}

/** The way to flush a coder. */
export interface Flushing {
  /** The constant of `node:zlib`. */
  readonly kind: number;
  /**
   * Whether to flush before the end: workerd's zstd fails if more than one chunk is left at the end
   * (workerd issue 6769), and Node's appends an empty frame after a pending write.
   */
  readonly beforeEnd: boolean;
}

/** Bytes of a piece, between two of which other requests can run on Workers. */
const PIECE = 64 * 1024;

/** Compresses the whole content; `breathe` is awaited between its pieces. */
export async function encodeWhole(
  coder: Coder,
  flushing: Flushing,
  content: Uint8Array,
  breathe?: () => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  coder.on("data", (chunk) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    coder.on("end", resolve);
    coder.on("error", reject);
  });
  // Failures are emitted as the coder's error.
  try {
    await Promise.all([ended, feed(coder, content, breathe).then(() => end(coder, flushing))]);
  } finally {
    letGo(coder);
  }
  return concat(chunks);
}

async function feed(
  coder: Coder,
  content: Uint8Array,
  breathe: (() => Promise<void>) | undefined,
): Promise<void> {
  for (let at = 0; at < content.length; at += PIECE) {
    if (at > 0) await breathe?.();
    const piece = content.subarray(at, at + PIECE);
    const isWritten = await new Promise<boolean>((resolve) => {
      coder.write(piece, (error) => resolve(!error));
    });
    if (!isWritten) return;
  }
}

/** Ends the coder after everything that was written. */
export function end(coder: Coder, { kind, beforeEnd }: Flushing): void {
  if (beforeEnd) coder.flush(kind, () => coder.end());
  else coder.end();
}
