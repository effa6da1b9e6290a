import type { CommandContext } from "../usage.ts";

/** Milliseconds between two lines of progress. */
const INTERVAL = 500;

/** Shows the progress on standard error, if that is a terminal. */
export class ReplayProgress {
  readonly #context: Pick<CommandContext, "err" | "isTerminal">;
  /** Bytes of the file; undefined for standard input. */
  readonly #size: number | undefined;
  #read = 0;
  #shownAt = 0;

  constructor(context: Pick<CommandContext, "err" | "isTerminal">, size: number | undefined) {
    this.#context = context;
    this.#size = size;
  }

  /** Counts bytes of the file, as they are stored. */
  read(bytes: number): void {
    this.#read += bytes;
  }

  at(lines: number): void {
    if (this.#context.isTerminal !== true) return;
    const now = Date.now();
    if (now - this.#shownAt < INTERVAL) return;
    this.#shownAt = now;
    const share =
      this.#size === undefined || this.#size === 0
        ? ""
        : `, ${Math.floor((100 * this.#read) / this.#size)} %`;
    this.#context.err(`\r${lines.toLocaleString("en-US")} lines${share}\u001b[K`);
  }

  end(): void {
    if (this.#context.isTerminal === true && this.#shownAt > 0) this.#context.err("\r\u001b[K");
  }
}
