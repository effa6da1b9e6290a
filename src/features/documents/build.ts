import { concat } from "../../http/bytes.ts";
import { pause } from "../../timing/timeout.ts";

/** Milliseconds without a step after which a text counts as abandoned. */
const STALLED = 30_000;
/** Milliseconds between two checks for new content. */
const LOOK_AGAIN = 20;

/** A text that is made once for all requests that arrive meanwhile; each reads all of it. */
export class Build {
  readonly path: string;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #state: "open" | "done" | "failed" = "open";
  #steppedAt = Date.now();

  constructor(path: string) {
    this.path = path;
  }

  /** Whether the work has ended; on Workers it may end without notice. */
  get isOver(): boolean {
    return this.#state !== "open" || Date.now() - this.#steppedAt > STALLED;
  }

  /** Records a step of the work, with a piece of the text or without. */
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

  /** The whole text, once it is done. */
  content(): Uint8Array<ArrayBuffer> {
    return concat(this.#pieces);
  }

  /** Streams all of the text; fails if it is abandoned. It polls, as Workers require. */
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
