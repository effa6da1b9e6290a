import { cut } from "./cut.ts";
import { hideSecrets } from "./hidden.ts";

/** Characters of an error's message, and of its stack, at most. */
const LONGEST = 500;
const LONGEST_STACK = 4000;

/** Describes an error and its causes in one line, without possible secrets. Never throws. */
export function describeError(error: unknown): string {
  try {
    const parts: string[] = [];
    let at: unknown = error;
    for (let depth = 0; at !== undefined && at !== null && depth < 4; depth++) {
      const part = one(at);
      if (part !== "" && !parts.includes(part)) parts.push(part);
      at = at instanceof Error ? at.cause : undefined;
    }
    return cut(hideSecrets(parts.join(": ")), LONGEST);
  } catch {
    return "an error that can't be read";
  }
}

/** Describes a defect of our own code, with its place in the code. Never throws. */
export function describeDefect(error: unknown): string {
  try {
    const stack = error instanceof Error ? error.stack : undefined;
    return cut(hideSecrets(stack ?? describeError(error)), LONGEST_STACK);
  } catch {
    return "an error that can't be read";
  }
}

function one(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, LONGEST);
  const { code } = error as { code?: unknown };
  const name = typeof code === "string" ? code : error.name;
  const message = error.message.slice(0, LONGEST);
  return message === "" || message === name ? name : `${name}: ${message}`;
}
