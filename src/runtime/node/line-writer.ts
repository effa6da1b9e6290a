import { close, open, write } from "node:fs";

/** The target of lines: a file descriptor of the process, or a file to append to. */
export type LineTarget = { readonly fd: number } | { readonly path: string };

/** Characters that may wait; further lines are counted and dropped. */
const MOST_WAITING = 1024 * 1024;

/** Milliseconds until the next attempt at a slow reader, and at a full disk. */
const BUSY_PAUSE = 20;
const FAILED_PAUSE = 5000;

interface LossListener {
  /** Writing has failed with this system code; called once until writing works again. */
  onFailed(code: string): void;
  /** Writing works again, after this number of lines was lost. */
  onLost(lines: number): void;
}

/** Writes lines in the background; never blocks or throws, and buffers a bounded amount. */
export class LineWriter {
  readonly #target: LineTarget;
  readonly #listener: LossListener;
  #fd: number | undefined;
  #waiting: string[] = [];
  #length = 0;
  /** Lines that were lost since the last write that worked, and since the start. */
  #dropped = 0;
  #lost = 0;
  #isBusy = false;
  #isReported = false;
  /** Whether the last write ended within a line. */
  #isTorn = false;
  /** Whether the target is a closed pipe. */
  #isOver = false;
  #wantsReopen = false;
  #onIdle: (() => void) | undefined;

  constructor(target: LineTarget, listener: LossListener) {
    this.#target = target;
    this.#listener = listener;
    if ("fd" in target) this.#fd = target.fd;
  }

  write(line: string): void {
    if (this.#isOver || this.#length + line.length > MOST_WAITING) {
      this.#drop(1);
      return;
    }
    this.#waiting.push(line);
    this.#length += line.length + 1;
    // All lines of one turn of the event loop are written together.
    if (!this.#isBusy) {
      this.#isBusy = true;
      setImmediate(() => this.#next());
    }
  }

  /** Lines that were lost since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** Opens the file again, e.g. after it was renamed. */
  reopen(): void {
    if ("fd" in this.#target) return;
    this.#wantsReopen = true;
    if (!this.#isBusy) this.#next();
  }

  /** Resolves after all lines are written, or after `timeout` milliseconds. */
  close(timeout = 1000): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        if ("path" in this.#target && this.#fd !== undefined) close(this.#fd, () => {});
        this.#isOver = true;
        this.#fd = undefined;
        resolve();
      };
      const timer = setTimeout(done, timeout);
      this.#onIdle = done;
      if (!this.#isBusy) this.#next();
    });
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#lost += lines;
  }

  #next(): void {
    this.#isBusy = true;
    if (this.#wantsReopen && this.#fd !== undefined) {
      const old = this.#fd;
      this.#fd = undefined;
      close(old, () => {});
    }
    this.#wantsReopen = false;
    if (this.#waiting.length === 0) {
      this.#isBusy = false;
      this.#onIdle?.();
      return;
    }
    if (this.#fd === undefined) this.#open();
    else this.#send(this.#take(), 0, this.#fd);
  }

  #open(): void {
    if ("fd" in this.#target || this.#isOver) return;
    open(this.#target.path, "a", 0o640, (error, fd) => {
      if (error !== null) {
        this.#lose(error);
        return;
      }
      this.#fd = fd;
      this.#next();
    });
  }

  /** Takes all waiting lines; after an incomplete line, they begin with a line break. */
  #take(): Buffer {
    const text = `${this.#isTorn ? "\n" : ""}${this.#waiting.join("\n")}\n`;
    this.#waiting = [];
    this.#length = 0;
    return Buffer.from(text);
  }

  #send(bytes: Buffer, from: number, fd: number): void {
    write(fd, bytes, from, bytes.length - from, null, (error, written) => {
      if (error?.code === "EAGAIN") {
        setTimeout(() => this.#send(bytes, from, fd), BUSY_PAUSE).unref();
        return;
      }
      if (error !== null) {
        this.#drop(linesIn(bytes, from));
        this.#isTorn = this.#isTorn || from > 0;
        this.#lose(error);
        return;
      }
      const at = from + written;
      if (at < bytes.length) {
        this.#send(bytes, at, fd);
        return;
      }
      this.#isReported = false;
      this.#isTorn = false;
      const lost = this.#dropped;
      this.#dropped = 0;
      if (lost > 0) this.#listener.onLost(lost);
      this.#next();
    });
  }

  #lose(error: NodeJS.ErrnoException): void {
    this.#drop(this.#waiting.length);
    this.#waiting = [];
    this.#length = 0;
    if (!this.#isReported) this.#listener.onFailed(error.code ?? error.message);
    this.#isReported = true;
    this.#isOver = error.code === "EPIPE" || error.code === "EBADF";
    setTimeout(() => this.#next(), FAILED_PAUSE).unref();
    this.#onIdle?.();
  }
}

function linesIn(bytes: Buffer, from: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(10, from); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}
