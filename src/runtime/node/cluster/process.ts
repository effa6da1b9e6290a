import cluster, { type Worker } from "node:cluster";
import { ProcessChannel } from "./channel.ts";
import { NUMBER, PROTOCOL, type Beginning, type Serving } from "./calls.ts";
import { passLines } from "./lines.ts";

/** Gets the output of processes, line by line. */
export interface ProcessOutput {
  out(line: string): void;
  err(line: string): void;
}

/** How a process has ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One of the processes that serve, as the first process sees it. */
export class ServingProcess {
  readonly pid: number;
  readonly channel: ProcessChannel;
  /** Resolves when it serves; rejects if it ends before. */
  readonly serving: Promise<Serving>;
  readonly ended: Promise<ProcessEnd>;
  state: "starting" | "serving" | "ending" = "starting";
  /** Since when it serves, in milliseconds since any fixed time. */
  servesSince: number | undefined;
  #worker: Worker;

  /** Starts a process of the code on disk. */
  constructor(number: number, beginning: () => Beginning, output: ProcessOutput) {
    this.#worker = cluster.fork({ [NUMBER]: String(number) });
    const { process: child } = this.#worker;
    this.pid = child.pid ?? 0;
    passLines(child.stdout, (line) => output.out(line));
    passLines(child.stderr, (line) => output.err(line));
    this.channel = new ProcessChannel({
      send: (message, done) => {
        if (this.#worker.isConnected()) this.#worker.send(message, done);
        else done(new Error("it has ended"));
      },
      onMessage: (listener) => void this.#worker.on("message", listener),
    });
    this.#worker.on("error", () => {});
    this.ended = new Promise((resolve) => {
      this.#worker.once("exit", (code: number | null, signal: string | null) => {
        this.channel.close();
        // The rest of its output may come after its end.
        child.once("close", () => resolve({ code, signal }));
      });
    });
    this.channel.on("begin", beginning);
    this.serving = new Promise((resolve, reject) => {
      this.channel.on("serving", (said: Serving) => {
        if (said.protocol === PROTOCOL) resolve(said);
        else reject(new Error("it has code that this process can't lead"));
      });
      void this.ended.then((end) => reject(new ProcessEnded(end)));
    });
    this.serving.catch(() => {});
  }

  kill(): void {
    this.#worker.process.kill("SIGKILL");
  }
}

/** A process that has ended before it served. */
export class ProcessEnded extends Error {
  override readonly name = "ProcessEnded";
  readonly end: ProcessEnd;

  constructor(end: ProcessEnd) {
    super(`it ended with ${end.signal ?? `code ${end.code}`}`);
    this.end = end;
  }
}
