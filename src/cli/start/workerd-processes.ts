import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { basename } from "node:path";
import { within } from "../../timing/timeout.ts";

/** The workerd processes that wrangler starts; wrangler itself can't end them gracefully. */
export class WorkerdProcesses {
  readonly #running = new Set<ChildProcess>();

  constructor() {
    subscribe("child_process", this.#note);
  }

  /**
   * Sends SIGTERM to each process: workerd then accepts no connections, and ends after its
   * responses.
   *
   * @param grace milliseconds; processes that still run after that are left to the caller
   */
  async drain(grace: number): Promise<void> {
    unsubscribe("child_process", this.#note);
    await within(grace, Promise.all([...this.#running].map(end)), () => {});
  }

  readonly #note = (message: unknown): void => {
    const { process } = message as { process?: ChildProcess };
    if (process === undefined) return;
    process.once("spawn", () => {
      if (!basename(process.spawnfile).startsWith("workerd")) return;
      this.#running.add(process);
      process.once("exit", () => this.#running.delete(process));
    });
  };
}

/** Ends a process; calls its `exit` listeners when the owner kills it: wrangler's start another. */
async function end(child: ChildProcess): Promise<void> {
  const watchers = child.listeners("exit");
  child.removeAllListeners("exit");
  const ended = once(child, "exit");
  const kill = child.kill.bind(child);
  child.kill = (signal) => {
    const isSent = kill(signal);
    void ended.then((how) => watchers.forEach((watcher) => watcher.apply(child, how)));
    return isSent;
  };
  kill("SIGTERM");
  await ended;
}
