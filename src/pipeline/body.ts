/**
 * The content of a response. It can be read in decoded form any number of times before it is sent, and
 * is sent unchanged unless a stage replaces it.
 */
export interface Body {
  /** Whether `open` can undo the content coding. */
  readonly readable: boolean;
  /** Bytes of the content, as it was stored, if it comes from the cache. */
  stored?: number;
  /**
   * Reads the content from its start, decoded if `readable`; the body stays whole. Cancel the stream if
   * you stop early.
   */
  open(): ReadableStream<Uint8Array>;
  /** Reads the bytes from which the runtime can make the same body again, coded or decoded. */
  copy(): ReadableStream<Uint8Array>;
  /** Drops the content; only streams that are already open continue. */
  release(): void;
}

/** Content that the proxy made; it is sent as it is. */
export class MadeBody implements Body {
  readonly readable = true;
  #content: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

  constructor(content: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>) {
    this.#content = content;
  }

  open(): ReadableStream<Uint8Array> {
    if (this.#content instanceof Uint8Array) return streamOf(this.#content);
    const [reused, view] = this.#content.tee();
    this.#content = reused;
    return view;
  }

  copy(): ReadableStream<Uint8Array> {
    return this.open();
  }

  release(): void {
    if (this.#content instanceof ReadableStream) this.#content.cancel().catch(() => {});
  }

  /** Returns the content to the sender; call it once. */
  take(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> {
    return this.#content;
  }
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
