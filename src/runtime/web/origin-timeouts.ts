import { OriginError } from "../../pipeline/exchange.ts";
import { within } from "../../timing/timeout.ts";

/** Waits for the head of a response, and leaves the rest to the runtime: an AbortSignal costs more. */
export function headWithin<T>(milliseconds: number, asking: Promise<T>): Promise<T> {
  return within(milliseconds, asking, () => {
    throw new OriginError("timeout-head", "head");
  });
}

/** How workerd says that what follows in the content is not compressed. */
const NOT_COMPRESSED = /^(?:Gzip|Brotli) decompression failed\.?$/;

/** How the content of an origin server is read. */
export interface Reading {
  /** Milliseconds between two pieces. @default any time */
  readonly idle?: number | undefined;
  /** Whether the runtime undoes a content coding. */
  readonly isDecoded: boolean;
}

/**
 * Content that fails with an OriginError if the next piece takes longer than `timeouts.idle`. At bytes
 * behind compressed content workerd fails as it does at damaged content: they end an HTML document that
 * is complete, as in browsers, and anything else fails.
 */
export function readWithin(
  content: ReadableStream<Uint8Array>,
  { idle, isDecoded }: Reading,
): ReadableStream<Uint8Array> {
  if (idle === undefined && !isDecoded) return content;
  const reader = content.getReader();
  const next = () =>
    idle === undefined
      ? reader.read()
      : within(idle, reader.read(), () => {
          throw new OriginError("timeout-idle", "content");
        });
  let tail = "";
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await next();
          if (done) {
            controller.close();
            return;
          }
          if (isDecoded) tail = tailOf(tail, value);
          controller.enqueue(value);
        } catch (error) {
          if (isDecoded && ENDS_DOCUMENT.test(tail) && NOT_COMPRESSED.test(messageOf(error))) {
            controller.close();
            return;
          }
          controller.error(error);
          reader.cancel(error).catch(() => {});
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read before it is requested.
    { highWaterMark: 0 },
  );
}

/** The end of an HTML document, in the last characters of its content. */
const ENDS_DOCUMENT = /<\/html\s{0,8}>\s{0,200}$/i;

/** So many characters of the end are looked at. */
const TAIL = 256;

function tailOf(before: string, piece: Uint8Array): string {
  const end = piece.length > TAIL ? piece.subarray(-TAIL) : piece;
  return (before + String.fromCharCode(...end)).slice(-TAIL);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
