import { readFileSync } from "node:fs";
import process from "node:process";
import { describeDefect } from "../../telemetry/describe-error.ts";
import type { Log } from "../../telemetry/log.ts";

/** Milliseconds between two checks of the parent process. */
const LOOK = 250;

/**
 * Listens for signals to stop. A second signal ends the process at once. The end of a launcher
 * (`scripts/node.mjs`, npm or npx) is also a signal, since a killed launcher forwards none.
 *
 * @param env of the process
 */
export function untilStopped(env: Readonly<Record<string, string | undefined>>) {
  // At the first SIGINT or SIGTERM, or after the launcher has ended.
  const { promise: requested, resolve } = Promise.withResolvers<void>();
  let isRequested = false;
  const listen = (signal: NodeJS.Signals): void => {
    if (isRequested) {
      release();
      process.kill(process.pid, signal);
    }
    isRequested = true;
    resolve();
  };
  for (const signal of SIGNALS) process.on(signal, listen);
  const watch = watchLauncher(env, resolve);
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, listen);
    clearInterval(watch);
  };
  /** Removes all other listeners: wrangler's would end the process during the shutdown. */
  const claim = (): void => {
    for (const signal of SIGNALS) process.removeAllListeners(signal).on(signal, listen);
  };
  return { requested, claim, release };
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function watchLauncher(
  env: Readonly<Record<string, string | undefined>>,
  onGone: () => void,
): NodeJS.Timeout | undefined {
  const parent = process.ppid;
  const isOurs = env["WAYLEAVE_LAUNCHER"] === String(parent);
  // npm runs the command in a shell; our own launcher watches both by itself.
  const isOfNpm = env["npm_command"] !== undefined && !isOurs;
  if (!isOurs && !isOfNpm) return undefined;
  const grandparent = isOfNpm ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    // A process whose parent has ended gets another parent.
    if (process.ppid === parent && (!isOfNpm || parentOf(parent) === grandparent)) return;
    clearInterval(timer);
    onGone();
  }, LOOK);
  return timer.unref();
}

/** The parent of another process; undefined on systems without proc(5). */
function parentOf(pid: number): string | undefined {
  try {
    return /.*\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Keeps the process alive after uncaught exceptions, and logs them with their stack. Only a command
 * calls this: the handlers of a process belong to the program, not to a library.
 *
 * @param then called with each exception
 * @returns removes the handlers, so that the command's own exceptions end the process
 */
export function handleUncaught(log: Log, then: (error: unknown) => void): () => void {
  const onException = (error: unknown, origin: string): void => {
    log.warn("uncaught", { origin, error: describeDefect(error) });
    then(error);
  };
  const onRejection = (reason: unknown): void => onException(reason, "unhandledRejection");
  process.on("uncaughtException", onException);
  process.on("unhandledRejection", onRejection);
  return () => {
    process.off("uncaughtException", onException);
    process.off("unhandledRejection", onRejection);
  };
}
