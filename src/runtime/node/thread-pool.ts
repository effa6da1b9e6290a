import { parentPort, Worker, type WorkerOptions } from "node:worker_threads";

/** Threads at most; each uses one core while it works. */
const THREADS = 2;
/** Milliseconds after which a thread without work ends and frees its memory. */
const IDLE = 60_000;

/** The options of a pool of threads. */
export interface PoolOptions extends Pick<WorkerOptions, "workerData"> {
  /** The thread's code in a clone, beside this file. */
  readonly source: string;
  /** The import of its compiled file, found from any bundle. */
  readonly compiled: string;
  /** Jobs that wait for a thread, at most. */
  readonly waiting: number;
  /** Milliseconds from a job's call to its result; a thread that works longer ends. @default no limit */
  readonly timeout?: number;
}

/** Runs jobs on threads; returns undefined if too many jobs wait, and rejects if a job fails. */
export type ThreadPool<Job, Result> = (job: Job) => Promise<Result> | undefined;

type Reply<Result> = { readonly result: Result } | { readonly error: string };

/** A job with what waits for it. */
interface Task {
  readonly job: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Creates a pool, whose threads begin with their first jobs. A thread that fails fails only its job. */
export function threadPool<Job, Result>(options: PoolOptions): ThreadPool<Job, Result> {
  const { waiting: most, timeout } = options;
  const waiting: Task[] = [];
  const threads = new Set<Thread>();

  return (job) => {
    if (waiting.length >= most) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const made = new Promise<unknown>((resolve, reject) => {
      const task: Task = { job, resolve, reject };
      waiting.push(task);
      if (timeout !== undefined) timer = setTimeout(() => giveUp(task), timeout);
      begin();
    });
    return made.finally(() => clearTimeout(timer)) as Promise<Result>;
  };

  /** Gives the next job to a thread without work, or to a new one. */
  function begin(): void {
    if (waiting.length === 0) return;
    let free = [...threads].find((thread) => thread.isFree());
    if (free === undefined && threads.size < THREADS) {
      free = createThread(options, begin, (thread) => {
        threads.delete(thread);
        begin();
      });
      threads.add(free);
    }
    const task = free && waiting.shift();
    if (task !== undefined) free?.run(task);
  }

  function giveUp(task: Task): void {
    const at = waiting.indexOf(task);
    if (at !== -1) waiting.splice(at, 1);
    const error = new Error(`no result within ${timeout} ms`);
    task.reject(error);
    for (const thread of threads) thread.abandon(task, error);
  }
}

/** On a thread: runs the jobs of its pool, one after another. */
export function answerJobs(run: (job: never) => unknown): void {
  const answer = async (job: unknown): Promise<Reply<unknown>> => {
    try {
      return { result: await run(job as never) };
    } catch (error) {
      return { error: asError(error).message };
    }
  };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.on("message", (job) => void answer(job).then((it) => parentPort?.postMessage(it)));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** A thread that runs one job at a time, and ends after a time without jobs. */
interface Thread {
  isFree(): boolean;
  run(task: Task): void;
  /** Ends the thread if it runs this job. */
  abandon(task: Task, error: Error): void;
}

/**
 * @param done called after each job
 * @param ended called once, after the thread has failed or has been idle
 */
function createThread(
  { source, compiled, workerData }: PoolOptions,
  done: () => void,
  ended: (thread: Thread) => void,
): Thread {
  const url = import.meta.url.endsWith(".ts")
    ? new URL(source, import.meta.url)
    : new URL(import.meta.resolve(compiled));
  const execArgv = ["--disable-warning=ExperimentalWarning"];
  const worker = new Worker(url, { workerData, execArgv });
  let current: Task | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const end = (error: Error): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    void worker.terminate();
    current?.reject(error);
    ended(thread);
  };
  worker.on("message", (reply: Reply<unknown>) => {
    const task = current;
    current = undefined;
    // A thread without work keeps no process alive.
    worker.unref();
    timer = setTimeout(() => end(new Error("idle")), IDLE);
    timer.unref();
    if ("error" in reply) task?.reject(new Error(reply.error));
    else task?.resolve(reply.result);
    done();
  });
  worker.on("error", (error) => end(asError(error)));
  worker.on("exit", () => end(new Error("the thread has ended")));
  const thread: Thread = {
    isFree: () => current === undefined && !isOver,
    run(task) {
      clearTimeout(timer);
      current = task;
      worker.ref();
      // A thread has no origin: the linter mistakes it for a window.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      worker.postMessage(task.job);
    },
    abandon: (task, error) => {
      if (current === task) end(error);
    },
  };
  return thread;
}
