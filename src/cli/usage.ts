import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** A wrong use of a command: main prints the message on standard error, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The context of a command, which reads nothing else of the process. */
export interface CommandContext {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input: AsyncIterable<Uint8Array>;
  readonly color: boolean;
  /** Whether `err` writes to a terminal. @default false */
  readonly isTerminal?: boolean;
  readonly out: (content: string | Uint8Array) => void;
  readonly err: (text: string) => void;
}

/** A command of the command line. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly help: string;
  run(context: CommandContext): Promise<number>;
}

/** Parses the options of a command that takes no other arguments. */
export function parseOptions<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
) {
  return parseArgs({ args, options }).values;
}

/** Parses the options of a command, and its other arguments. */
export function parseArguments<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
) {
  return parseArgs({ args, options, allowPositionals: true });
}

/** The error of an option with a wrong value. */
export function wrongValue(option: string, wanted: string, given: string | undefined): UsageError {
  return new UsageError(`${option} must be ${wanted}, not ${JSON.stringify(given)}`);
}

/** Parses the value of an option. Throws a UsageError unless it is a whole number in the range. */
export function parseNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= least && value <= most) return value;
  throw wrongValue(option, `a number from ${least} to ${most}`, text);
}

/** The only argument. Throws a UsageError with the message if there are others, or none. */
export function onlyOne([first, ...more]: readonly string[], message: string): string {
  if (first === undefined || more.length > 0) throw new UsageError(message);
  return first;
}

/** A failure of a command that was used correctly: main prints the message, and exits with 1. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}
