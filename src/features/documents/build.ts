import { pause } from "../../timing/timeout.ts";

/** Milliseconds without a step after which a text that is being made counts as given up. */
const STALLED = 30_000;
/** Milliseconds between two looks at it. */
const LOOK_AGAIN = 20;

/** A text that is made once for all requests that come meanwhile: each reads it from its start. */
export class Build {
  readonly path: string;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #state: "open" | "done" | "failed" = "open";
  #steppedAt = Date.now();

  constructor(path: string) {
    this.path = path;
  }

  /** Whether the work on it has ended: on Workers it may end without notice. */
  get isOver(): boolean {
    return this.#state !== "open" || Date.now() - this.#steppedAt > STALLED;
  }

  /** A step was made, whether or not it gave a piece. */
  step(piece?: Uint8Array<ArrayBuffer>): void {
    this.#steppedAt = Date.now();
    if (piece !== undefined) this.#pieces.push(piece);
  }

  end(): void {
    this.#state = "done";
  }

  fail(): void {
    if (this.#state === "open") this.#state = "failed";
  }

  /** The whole text; only once it is done. */
  content(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  /**
   * The text from its start; errors if it is abandoned. It looks again by itself: on Workers no
   * request may wait for what another does.
   */
  stream(): ReadableStream<Uint8Array> {
    let next = 0;
    const stopped = new AbortController();
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          while (!stopped.signal.aborted) {
            const piece = this.#pieces[next];
            if (piece !== undefined) {
              next += 1;
              controller.enqueue(piece);
              return;
            }
            if (this.#state === "done") {
              controller.close();
              return;
            }
            if (this.isOver) throw new Error("the text was not made to its end");
            await pause(LOOK_AGAIN);
          }
        },
        cancel: () => stopped.abort(),
      },
      { highWaterMark: 0 },
    );
  }
}
