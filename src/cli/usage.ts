/** A command was called in a way that can't work: one line on standard error, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What every command is given; nothing else of the process is read. */
export interface CommandContext {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Whether what is printed may have color. */
  readonly color: boolean;
  readonly out: (content: string | Uint8Array) => void;
  readonly err: (text: string) => void;
}

/** A command: help for people, and what it does, ending in an exit code. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly help: string;
  run(context: CommandContext): Promise<number>;
}

/** What a command can't do although it was called rightly: main prints the message alone, and the exit code is 1. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}
