import { resolve } from "node:path";
import { LineWriter, type LineTarget } from "../../runtime/node/line-writer.ts";
import {
  LOG_FORMATS,
  LOG_LEVELS,
  operatorLog,
  type LogFormat,
  type LogLevel,
  type LogOutput,
} from "../../telemetry/sinks/log.ts";
import { wrongValue } from "../usage.ts";

/** The operator's options for the log. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** @default the process's own streams */
  readonly file: string | undefined;
}

/** Reads `--log`, `--log-format` and `--log-file`. */
export function readLogOptions(values: {
  readonly log?: string | undefined;
  readonly "log-format"?: string | undefined;
  readonly "log-file"?: string | undefined;
}): LogOptions {
  const file = values["log-file"];
  return {
    level: oneOf("--log", values.log, LOG_LEVELS) ?? "errors",
    format: oneOf("--log-format", values["log-format"], LOG_FORMATS) ?? "json",
    file: file === undefined ? undefined : resolve(file),
  };
}

function oneOf<T extends string>(
  option: string,
  given: string | undefined,
  known: readonly T[],
): T | undefined {
  const found = known.find((each) => each === given);
  if (given === undefined || found !== undefined) return found;
  const names = known.map((each) => JSON.stringify(each)).join(", ");
  throw wrongValue(option, `one of ${names}`, given);
}

/**
 * Opens the log: lines for requests go to standard output, messages to standard error. A file gets
 * both, but in the combined format only requests, so that other programs can read it.
 */
export function openProcessLog({ level, format, file }: LogOptions) {
  const writers: LineWriter[] = [];
  const open = (target: LineTarget, what: string): LineWriter => {
    const writer = new LineWriter(target, {
      onFailed: (code) => failureLog.log.warn("log-failed", { target: what, code }),
      onLost: (lines) => failureLog.log.warn("log-lines-lost", { target: what, lines }),
    });
    writers.push(writer);
    return writer;
  };
  const errors = open({ fd: 2 }, "standard error");
  /** Reports failures of the log, on standard error. */
  const failureLog = operatorLog({ message: (line) => errors.write(line), request() {} });
  const standard = open({ fd: 1 }, "standard output");
  const requests = file === undefined ? standard : open({ path: file }, file);
  const messages = file !== undefined && format === "json" ? requests : errors;
  const output: LogOutput = {
    message: (line) => messages.write(line),
    request: (line) => requests.write(line),
  };
  return {
    ...operatorLog(output, level, format),
    output,
    /** Lines that were lost since the start. */
    lostLines: () => writers.reduce((sum, { lost }) => sum + lost, 0),
    /** The process's own streams, for the lines of other processes. */
    relay: {
      out: (line: string) => standard.write(line),
      err: (line: string) => errors.write(line),
    },
    /** Opens the file again, e.g. after a rotation. */
    reopen: () => writers.forEach((writer) => writer.reopen()),
    /** Writes the waiting lines, and closes the files. */
    close: async () => void (await Promise.all(writers.map((writer) => writer.close()))),
  };
}

/** The log of a process, with its output. */
export type ProcessLog = ReturnType<typeof openProcessLog>;
