import { pulled } from "../../http/gather.ts";
import { OriginError } from "../../pipeline/exchange.ts";
import { within } from "../../timing/timeout.ts";

/** Waits for the head of a response; an AbortSignal would cost more. */
export function headWithin<T>(milliseconds: number, asking: Promise<T>): Promise<T> {
  return within(milliseconds, asking, () => {
    throw new OriginError("timeout-head", "head");
  });
}

/** workerd's message for content that is not compressed as declared. */
const NOT_COMPRESSED = /^(?:Gzip|Brotli) decompression failed\.?$/;

interface Reading {
  /** Milliseconds between two pieces, at most. @default no limit */
  readonly idle?: number | undefined;
  /** Whether the runtime decodes a content coding. */
  readonly isDecoded: boolean;
}

/**
 * Reads content, and fails with an OriginError if the next piece takes longer than `timeouts.idle`.
 * Like browsers, it ignores bytes after the compressed content of a complete HTML document; workerd
 * fails at them, as at damaged content.
 */
export function readWithin(
  content: ReadableStream<Uint8Array>,
  { idle, isDecoded }: Reading,
): ReadableStream<Uint8Array> {
  if (idle === undefined && !isDecoded) return content;
  const reader = readerOf(content);
  const next = () =>
    idle === undefined
      ? reader.read()
      : within(idle, reader.read(), () => {
          throw new OriginError("timeout-idle", "content");
        });
  let tail = "";
  return pulled(
    async () => {
      try {
        const read = await next();
        if (isDecoded && !read.done) tail = tailOf(tail, read.value);
        return read;
      } catch (error) {
        if (isDecoded && ENDS_DOCUMENT.test(tail) && NOT_COMPRESSED.test(messageOf(error))) {
          return { done: true, value: undefined };
        }
        reader.cancel(error).catch(() => {});
        throw error;
      }
    },
    (reason) => reader.cancel(reason),
  );
}

/** Bytes of a piece, at most. */
const PIECE = 64 * 1024;

/**
 * Reads what has arrived, at most `PIECE` bytes. By default, workerd reads 4 KB at once; each read
 * takes a turn of its event loop, and each piece that a stream of ours passes on another one.
 */
function readerOf(
  content: ReadableStream<Uint8Array>,
): Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel"> {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = content.getReader({ mode: "byob" });
  } catch {
    // Not a stream of bytes, but of a Worker's own.
    return content.getReader();
  }
  return {
    read: async () => {
      const { done, value } = await reader.read(new Uint8Array(PIECE));
      return done ? { done, value: undefined } : { done, value };
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

/** The last characters of a complete HTML document. */
const ENDS_DOCUMENT = /<\/html\s{0,8}>\s{0,200}$/i;

/** Characters that are searched for the end of a document. */
const TAIL = 256;

function tailOf(before: string, piece: Uint8Array): string {
  const end = piece.length > TAIL ? piece.subarray(-TAIL) : piece;
  return (before + String.fromCharCode(...end)).slice(-TAIL);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
