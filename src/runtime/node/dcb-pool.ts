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
  /** Whether to use Node's own encoder, which must have dictionaries. */
  readonly isNative: boolean;
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

/**
 * Creates a dcb codec that runs an encoder on threads, so that no other request waits for it: ours
 * unless `isNative`.
 */
export function threadedDcb(most: number, isNative = false): DeltaCodec {
  const waiting: Task[] = [];
  const threads = new Set<Thread>();

  return {
    coding: "dcb",
    mostBytes: most,
    async encode(content, dictionary, effort = "inline") {
      if (content.length > most || dictionary.length > most) return undefined;
      if (waiting.length >= WAITING) return undefined;
      const { stream, error } = await new Promise<DcbResult>((settle) => {
        waiting.push({ job: { content, dictionary, effort, most, isNative }, settle });
        begin();
      });
      if (error !== undefined) throw new Error(`dcb failed: ${error}`);
      return stream;
    },
  };

  /** Gives the next job to a thread without work, or to a new one. */
  function begin(): void {
    let free = [...threads].find((thread) => thread.isFree());
    if (free === undefined && threads.size < THREADS && waiting.length > 0) {
      free = createThread((thread) => {
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
interface Thread {
  isFree(): boolean;
  run(task: Task, done: () => void): void;
}

/** @param ended called once, after the thread has failed or has been idle */
function createThread(ended: (thread: Thread) => void): Thread {
  // A clone has the source; the package has the compiled file, found from any bundle.
  const url = import.meta.url.endsWith(".ts")
    ? new URL("./dcb-worker.ts", import.meta.url)
    : new URL(import.meta.resolve("#dcb-worker"));
  const worker = new Worker(url, { execArgv: ["--disable-warning=ExperimentalWarning"] });
  let current: { readonly task: Task; readonly done: () => void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const end = (error: string): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    void worker.terminate();
    current?.task.settle({ error });
    ended(thread);
  };
  worker.on("message", (result: DcbResult) => {
    const settled = current;
    current = undefined;
    // A thread without work keeps no process alive.
    worker.unref();
    timer = setTimeout(() => end("idle"), IDLE);
    timer.unref();
    settled?.task.settle(result);
    settled?.done();
  });
  worker.on("error", (error) => end(String(error)));
  worker.on("exit", () => end("the thread has ended"));
  const thread: Thread = {
    isFree: () => current === undefined && !isOver,
    run(task, done) {
      clearTimeout(timer);
      current = { task, done };
      worker.ref();
      // A thread has no origin: the linter mistakes it for a window.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      worker.postMessage(task.job);
    },
  };
  return thread;
}
