import { concat } from "./bytes.ts";

/**
 * Puts pieces together to one array. Where their length is known before, they go straight into room of
 * that size: pieces beside the whole would take twice the memory, which a Worker does not have.
 */
export class Gathering {
  readonly #expected: number | undefined;
  #room: Uint8Array<ArrayBuffer> | undefined;
  #pieces: Uint8Array[] = [];
  #length = 0;

  /**
   * @param expected bytes of the whole, if they are known; a wrong number does no harm
   * @param maxBytes for which room is made at once at most
   */
  constructor(expected: number | undefined, maxBytes: number) {
    this.#expected = expected !== undefined && expected <= maxBytes ? expected : undefined;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Takes a copy: a piece may be a view of a buffer that is used again. */
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

  /** The whole; nothing is left here after it. */
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
 * Reads a stream to its end through a bound; undefined if there is more than `maxBytes`, and the
 * stream is cancelled then.
 *
 * @param expected bytes that are likely to come, if that is known
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
