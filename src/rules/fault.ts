/** Something wrong in a rules file. */
export interface Fault {
  /** JSON pointer (RFC 6901) of the value, or of the key that should not be there. */
  readonly pointer: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly code:
    | "syntax"
    | "unknown-key"
    | "duplicate-key"
    | "not-available"
    | "missing-key"
    | "invalid-value";
  readonly message: string;
}

/** Line and column of an offset. */
export function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}

/** A pointer one step further down. */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
