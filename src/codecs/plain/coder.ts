import { concat } from "../../http/bytes.ts";
/** What we use of a stream of `node:zlib`, which Node and Workers have alike. */
export interface Coder {
  on(event: "data", listener: (chunk: Uint8Array<ArrayBuffer>) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  write(chunk: Uint8Array, done: (error?: Error | null) => void): boolean;
  /** Lets out all that was written so far. */
  flush(kind: number, done?: () => void): void;
  end(): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** How a coder is told to let out what it has. */
export interface Flushing {
  /** The coder's word for it. */
  readonly kind: number;
  /**
   * Whether to do so before the end: workerd's zstd fails where the end has more to let out than one
   * chunk (workerd issue 6769), and Node's appends an empty frame behind a write that waits.
   */
  readonly beforeEnd: boolean;
}

/** Small enough that, between two of them, other requests get their turn on Workers. */
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
  // What fails in between shows as the coder's error.
  await Promise.all([ended, feed(coder, content, breathe).then(() => end(coder, flushing))]);
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

/** Ends the coder behind all that was written. */
export function end(coder: Coder, { kind, beforeEnd }: Flushing): void {
  if (beforeEnd) coder.flush(kind, () => coder.end());
  else coder.end();
}
