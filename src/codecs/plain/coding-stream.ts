import { end, letGo, type Coder, type Flushing } from "./coder.ts";

/** Milliseconds until written bytes are flushed. */
const FLUSH_AFTER = 10;

/** Compressed bytes that wait for a slow client, at most. */
const WAITING = 64 * 1024;

/**
 * Wraps a coder as a Web stream. It flushes bytes after at most `FLUSH_AFTER` milliseconds, so that
 * no page that pauses is delayed. A failure of one side breaks the other, and frees the coder.
 */
// oxlint-disable-next-line max-lines-per-function -- two sides that share their state
export function codingStream(
  coder: Coder,
  flushing: Flushing,
): TransformStream<Uint8Array, Uint8Array> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  /** Ends the write that is under way. */
  let written: (() => void) | undefined;
  let output: ReadableStreamDefaultController<Uint8Array>;
  let input: WritableStreamDefaultController;

  /** Fails both sides with the reason of one. */
  const breakOff = (reason: unknown): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    coder.destroy();
    letGo(coder);
    // A destroyed coder may never call back.
    written?.();
    output.error(reason);
    input.error(reason);
  };
  const flush = (): void => {
    timer = undefined;
    if (!isOver) coder.flush(flushing.kind);
  };

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        output = controller;
        coder.on("data", (chunk) => {
          if (isOver) return;
          controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
          if ((controller.desiredSize ?? 0) <= 0) coder.pause();
        });
        coder.on("end", () => {
          if (isOver) return;
          isOver = true;
          letGo(coder);
          controller.close();
        });
        coder.on("error", breakOff);
        coder.pause();
      },
      pull: () => void coder.resume(),
      cancel: breakOff,
    },
    { highWaterMark: WAITING, size: (chunk) => chunk.byteLength },
  );

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      input = controller;
    },
    write(chunk) {
      timer ??= setTimeout(flush, FLUSH_AFTER);
      return new Promise<void>((resolve) => {
        written = resolve;
        try {
          // Errors of the coder are emitted as an event, which fails both sides.
          coder.write(chunk, () => resolve());
        } catch (error) {
          breakOff(error);
        }
      });
    },
    close() {
      clearTimeout(timer);
      if (!isOver) end(coder, flushing);
    },
    abort: breakOff,
  });
  return { readable, writable };
}
