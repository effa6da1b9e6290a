import { Worker } from "node:worker_threads";
import { within } from "../../../timing/timeout.ts";
import { markReported, messageOf } from "../../failures/reported.ts";
import type { SqliteEvent } from "./lasting.ts";

/** The database of a thread. */
export interface ThreadData {
  readonly path: string;
  readonly holds: "store" | "replay" | "rates" | "accounts" | "history";
  /** Bytes of blobs, at most. @default 2 GiB */
  readonly maxBytes?: number | undefined;
  /** Whether to create the folder of the file, for its owner only. @default false */
  readonly makesFolder?: boolean | undefined;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** A method of a part of a store, with its arguments. */
export type Call = readonly [part: string, method: string, ...args: unknown[]];

/** A message to the thread: a call, or the end if there is none. */
export interface Order {
  /** The number of the call. */
  readonly id: number;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly call?: Call;
}

/** The result of a call. */
export type CallResult =
  | { readonly kind: "value"; readonly value: unknown }
  /** The database can't be used: memory replaces it. */
  | { readonly kind: "memory" }
  | { readonly kind: "failed"; readonly why: string; readonly isReported: boolean };

/** A message from the thread. */
export type ThreadMessage =
  | { readonly id: number; readonly answer: CallResult }
  | { readonly event: SqliteEvent };

interface ThreadOptions<Parts> extends Omit<ThreadData, "now"> {
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly tell: (event: SqliteEvent) => void;
  /** Creates the replacement for the time without a database. @default none: calls reject */
  readonly inMemory?: () => Parts;
}

/** Bytes in calls that wait for the thread, at most, unless it is only one; further calls reject at once. */
const MOST_WAITING = 64 * 1024 * 1024;
/** Seconds without a new thread after one has failed. */
const REST = 10;
/** Milliseconds for the calls under way when the database is closed. */
const CLOSE_TIMEOUT = 5000;

/**
 * A database file on a thread of its own, so that no request waits for a statement, a lock or the
 * disk. The thread opens the file at once; see `Lasting`.
 */
export class DatabaseThread<Parts extends object> {
  readonly #options: ThreadOptions<Parts>;
  #worker: Worker | undefined;
  /** When the next thread may start, in seconds since the epoch. */
  #restUntil = -Infinity;
  /** The calls without an answer, by number. */
  readonly #waiting = new Map<number, (answer: CallResult) => void>();
  #calls = 0;
  #bytes = 0;
  #memory: Parts | undefined;

  constructor(options: ThreadOptions<Parts>) {
    this.#options = options;
    this.#start();
  }

  /** Calls a method of the store in the database, or of its replacement. */
  async call<T>(...call: Call): Promise<T> {
    const bytes = call.reduce<number>((sum, each) => sum + sizeOf(each), 0);
    const isBusy = this.#bytes > 0 && this.#bytes + bytes > MOST_WAITING;
    if (isBusy) throw markReported(new Error("the store is busy"));
    this.#bytes += bytes;
    const answer = await new Promise<CallResult>((settle) => this.#send(call, settle));
    this.#bytes -= bytes;
    if (answer.kind === "value") return answer.value as T;
    if (answer.kind === "memory") {
      const { inMemory } = this.#options;
      if (inMemory === undefined) throw markReported(new Error("the file can't be used"));
      this.#memory ??= inMemory();
      return (await callOf(this.#memory, call)) as T;
    }
    const failure = new Error(answer.why);
    throw answer.isReported ? markReported(failure) : failure;
  }

  /** Closes the database after the calls under way. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#restUntil = Infinity;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => void worker.once("exit", resolve));
    worker.ref();
    worker.postMessage({ id: 0, now: this.#options.now() } satisfies Order, []);
    this.#worker = undefined;
    await within(CLOSE_TIMEOUT, ended, () => worker.unref());
  }

  #send(call: Call, settle: (answer: CallResult) => void): void {
    const now = this.#options.now();
    if (this.#worker === undefined && now >= this.#restUntil) this.#start();
    const worker = this.#worker;
    if (worker === undefined) {
      settle({ kind: "failed", why: "the store has no thread", isReported: false });
      return;
    }
    // A copy, since the caller's bytes stay its own, and may be a part of a larger buffer.
    const moved: ArrayBuffer[] = [];
    const copies = call.map((each) => {
      if (!(each instanceof Uint8Array)) return each;
      const copy = new Uint8Array(each);
      moved.push(copy.buffer);
      return copy;
    });
    const id = ++this.#calls;
    worker.postMessage({ id, now, call: copies }, moved);
    if (this.#waiting.set(id, settle).size === 1) worker.ref();
  }

  #start(): void {
    const { path, holds, maxBytes, makesFolder, now, tell } = this.#options;
    // A clone has the source; the package has the compiled file, found from any bundle.
    const url = import.meta.url.endsWith(".ts")
      ? new URL("./worker.ts", import.meta.url)
      : new URL(import.meta.resolve("#sqlite-worker"));
    const worker = new Worker(url, {
      workerData: { path, holds, maxBytes, makesFolder, now: now() } satisfies ThreadData,
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    this.#worker = worker;
    // A thread without calls keeps no process alive.
    worker.unref();
    worker.on("message", (message: ThreadMessage) => {
      if ("event" in message) {
        if (message.event.kind === "up") this.#memory = undefined;
        tell(message.event);
        return;
      }
      const settle = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (this.#waiting.size === 0) worker.unref();
      settle?.(message.answer);
    });
    let why = "the thread of the store has ended";
    worker.on("error", (error) => {
      why = messageOf(error);
    });
    worker.on("exit", () => {
      if (this.#worker === worker) {
        this.#worker = undefined;
        this.#restUntil = now() + REST;
      }
      for (const settle of this.#waiting.values())
        settle({ kind: "failed", why, isReported: false });
      this.#waiting.clear();
    });
  }
}

function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  return typeof value === "string" ? 2 * value.length : 0;
}

/** Calls a method; an optional one that is missing does nothing. */
export function callOf(parts: object, [part, method, ...args]: Call): unknown {
  type Methods = Readonly<Record<string, ((...args: unknown[]) => unknown) | undefined>>;
  return (parts as Readonly<Record<string, Methods>>)[part]?.[method]?.(...args);
}
