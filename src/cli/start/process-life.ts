import { readFileSync } from "node:fs";
import process from "node:process";
import { describeDefect } from "../../telemetry/describe-error.ts";
import type { Log } from "../../telemetry/log.ts";

/** Milliseconds between two looks at the process that started this one. */
const LOOK = 250;

/** Waits for the end of a command that serves. */
export interface StopSignal {
  /** Done at the first SIGINT or SIGTERM, or once the launcher is gone. */
  readonly asked: Promise<void>;
  /** Takes the signals from all others: wrangler's listeners end the process in mid-shutdown. */
  claim(): void;
  /** Gives the signals back. */
  release(): void;
}

/**
 * Listens for what ends a proxy. A second signal ends the process at once. If a launcher started it
 * (`scripts/node.mjs`, npm or npx), its end is a signal, too: it may have been killed without a word.
 *
 * @param env of the process
 */
export function untilStopped(env: Readonly<Record<string, string | undefined>>): StopSignal {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  let isAsked = false;
  const listen = (signal: NodeJS.Signals): void => {
    if (isAsked) {
      release();
      process.kill(process.pid, signal);
    }
    isAsked = true;
    resolve();
  };
  for (const signal of SIGNALS) process.on(signal, listen);
  const watch = watchLauncher(env, resolve);
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, listen);
    clearInterval(watch);
  };
  const claim = (): void => {
    for (const signal of SIGNALS) process.removeAllListeners(signal).on(signal, listen);
  };
  return { asked, claim, release };
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function watchLauncher(
  env: Readonly<Record<string, string | undefined>>,
  onGone: () => void,
): NodeJS.Timeout | undefined {
  const parent = process.ppid;
  const isOurs = env["WAYLEAVE_LAUNCHER"] === String(parent);
  // npm runs a shell that runs the command; our own launcher watches those itself.
  const isOfNpm = env["npm_command"] !== undefined && !isOurs;
  if (!isOurs && !isOfNpm) return undefined;
  const grandparent = isOfNpm ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    // A child whose parent has ended gets another one.
    if (process.ppid === parent && (!isOfNpm || parentOf(parent) === grandparent)) return;
    clearInterval(timer);
    onGone();
  }, LOOK);
  return timer.unref();
}

/** The parent of another process; undefined if this system does not tell (proc(5)). */
function parentOf(pid: number): string | undefined {
  try {
    return /.*\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Keeps the process alive through what nobody caught, and logs it with its stack. Only a command may
 * call this: a library leaves the handlers of the process to the program that it is a part of. The server
 * guards each request by itself.
 *
 * @param then is told of each
 * @returns ends it: what the command itself throws at its end has to end the process
 */
export function outliveDefects(log: Log, then: (error: unknown) => void): () => void {
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
