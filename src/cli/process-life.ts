import process from "node:process";
import { describeDefect } from "../telemetry/describe-error.ts";
import type { Log } from "../telemetry/log.ts";

/**
 * Keeps the process alive through what nobody caught, and logs it with its stack. Only a command may
 * call this: a library leaves the handlers of the process to the program that it is a part of. The server
 * guards each request by itself.
 *
 * @param then is told of each
 */
export function outliveDefects(log: Log, then: (error: unknown) => void): void {
  process.on("uncaughtException", (error, origin) => {
    log.warn("uncaught", { origin, error: describeDefect(error) });
    then(error);
  });
  process.on("unhandledRejection", (reason) => {
    log.warn("uncaught", { origin: "unhandledRejection", error: describeDefect(reason) });
    then(reason);
  });
}
