import { Worker } from "node:worker_threads";
import type { DeltaCodec } from "../../codecs/delta.ts";
import type { Effort } from "../../codecs/plain/codec.ts";

/** A job for a thread: content to encode. */
export interface DcbJob {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly dictionary: Uint8Array<ArrayBuffer>;
  readonly effort: Effort;
  /** Bytes of content, and of a dictionary, at most. */
  readonly most: number;
}

/** A job's result; without a stream and an error, the codec does not accept this content. */
export interface DcbResult {
  readonly stream?: Uint8Array | undefined;
  readonly error?: string;
}

interface Task {
  readonly job: DcbJob;
  readonly settle: (result: DcbResult) => void;
}

/** Threads at most; each uses one core while it encodes. */
const THREADS = 2;
/** Jobs that wait for a thread, at most; responses of further jobs get a plain coding. */
const WAITING = 16;
/** Milliseconds after which a thread without work ends and frees its memory. */
const IDLE = 60_000;

/** Creates a dcb codec that runs our encoder on threads, so that no other request waits for it. */
export function threadedDcb(most: number): DeltaCodec {
  const waiting: Task[] = [];
  const threads = new Set<Thread>();

  return {
    coding: "dcb",
    mostBytes: most,
    async encode(content, dictionary, effort = "inline") {
      if (content.length > most || dictionary.length > most) return undefined;
      if (waiting.length >= WAITING) return undefined;
      const { stream, error } = await new Promise<DcbResult>((settle) => {
        waiting.push({ job: { content, dictionary, effort, most }, settle });
        begin();
      });
      if (error !== undefined) throw new Error(`dcb failed: ${error}`);
      return stream;
    },
  };

  /** Gives the next job to a thread without work, or to a new one. */
  function begin(): void {
    let free = [...threads].find((thread) => thread.isFree);
    if (free === undefined && threads.size < THREADS && waiting.length > 0) {
      free = new Thread((thread) => {
        threads.delete(thread);
        begin();
      });
      threads.add(free);
    }
    const task = free && waiting.shift();
    if (task !== undefined) free?.run(task, begin);
  }
}

/** A thread that runs one job at a time, and ends after a time without jobs. */
class Thread {
  readonly #worker: Worker;
  readonly #ended: (thread: Thread) => void;
  #task: Task | undefined;
  #done: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  /** @param ended called once, after the thread has failed or has been idle */
  constructor(ended: (thread: Thread) => void) {
    // A clone has the source; the package has the compiled file, found from any bundle.
    const url = import.meta.url.endsWith(".ts")
      ? new URL("./dcb-worker.ts", import.meta.url)
      : new URL(import.meta.resolve("#dcb-worker"));
    const execArgv = ["--disable-warning=ExperimentalWarning"];
    this.#worker = new Worker(url, { execArgv });
    this.#ended = ended;
    this.#worker.on("message", (result: DcbResult) => this.#settle(result));
    this.#worker.on("error", (error) => this.#end(String(error)));
    this.#worker.on("exit", () => this.#end("the thread has ended"));
  }

  get isFree(): boolean {
    return this.#task === undefined && !this.#isOver;
  }

  run(task: Task, done: () => void): void {
    clearTimeout(this.#timer);
    this.#task = task;
    this.#done = done;
    this.#worker.ref();
    // A thread has no origin: the linter mistakes it for a window.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#worker.postMessage(task.job);
  }

  #settle(result: DcbResult): void {
    const [task, done] = [this.#task, this.#done];
    this.#task = undefined;
    // A thread without work keeps no process alive.
    this.#worker.unref();
    this.#timer = setTimeout(() => this.#end("idle"), IDLE);
    this.#timer.unref();
    task?.settle(result);
    done?.();
  }

  #end(error: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    void this.#worker.terminate();
    this.#task?.settle({ error });
    this.#ended(this);
  }
}
