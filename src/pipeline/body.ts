/**
 * The content of a response on its way. It can be looked at in decoded form any number of times
 * before it is sent, and is then sent as it came unless a stage has replaced it.
 */
export interface Body {
  /** Whether `open` can undo the content coding. */
  readonly readable: boolean;
  /**
   * The decoded content from its start (as it came, if it is not readable); the body itself stays
   * whole. Cancel the stream when done.
   */
  open(): ReadableStream<Uint8Array>;
  /**
   * A stream from its start from which the runtime can make the same body again: coded or decoded,
   * as the runtime has it.
   */
  copy(): ReadableStream<Uint8Array>;
  /** Gives up the body as it came: only streams opened before go on. */
  release(): void;
}

/** Content that we made: sent as it is. */
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

  /** The content for the sender, which may call this once. */
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
