import { concat } from "./bytes.ts";

/**
 * Joins pieces into one array. If the length is known, it copies each piece straight into an array
 * of that length: pieces and the whole together would take twice the memory, too much for a Worker.
 */
export class Gathering {
  readonly #expected: number | undefined;
  #room: Uint8Array<ArrayBuffer> | undefined;
  #pieces: Uint8Array[] = [];
  #length = 0;

  /**
   * @param expected bytes of the whole, if known; a wrong number is harmless
   * @param maxBytes the largest array that is allocated in advance
   */
  constructor(expected: number | undefined, maxBytes: number) {
    this.#expected = expected !== undefined && expected <= maxBytes ? expected : undefined;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Adds a copy of a piece, since its buffer may be reused. */
  push(piece: Uint8Array): void {
    const end = this.#length + piece.length;
    if (this.#length === 0 && this.#expected !== undefined && end <= this.#expected) {
      this.#room ??= new Uint8Array(this.#expected);
    }
    if (this.#room !== undefined && end > this.#room.length) {
      this.#pieces = [this.#room.subarray(0, this.#length)];
      this.#room = undefined;
    }
    if (this.#room === undefined) this.#pieces.push(piece.slice());
    else this.#room.set(piece, this.#length);
    this.#length = end;
  }

  /** Returns the whole, and clears the object. */
  take(): Uint8Array<ArrayBuffer> {
    const [room, pieces, length] = [this.#room, this.#pieces, this.#length];
    this.#room = undefined;
    this.#pieces = [];
    this.#length = 0;
    if (room === undefined) return concat(pieces, length);
    return length === room.length ? room : room.slice(0, length);
  }
}

/**
 * Creates a stream of the pieces that `next` reads; it fails if `next` rejects.
 *
 * @param ahead pieces that are read before the reader wants them
 */
export function pulled(
  next: () => Promise<ReadableStreamReadResult<Uint8Array>>,
  cancel: (reason: unknown) => void | PromiseLike<void>,
  ahead = 0,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel,
    },
    { highWaterMark: ahead },
  );
}

/** The same stream, of which each piece is counted as it is read. */
export function counted(
  content: ReadableStream<Uint8Array>,
  count: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  return pulled(
    async () => {
      const read = await reader.read();
      if (!read.done) count(read.value.length);
      return read;
    },
    (reason) => reader.cancel(reason),
  );
}

/**
 * Reads a stream to its end. If it is longer than `maxBytes`, cancels it and returns undefined.
 *
 * @param expected bytes that the stream is likely to have, if known
 */
export async function readBounded(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  expected?: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const gathering = new Gathering(expected, maxBytes);
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return gathering.take();
    if (gathering.length + value.length > maxBytes) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    gathering.push(value);
  }
}
