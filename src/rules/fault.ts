/** The kinds of faults in a rules file or bot table. */
export type FaultCode =
  | "syntax"
  | "duplicate-key"
  | "unknown-key"
  | "not-available"
  | "missing-key"
  | "invalid-value";

/** The kinds of warnings: allowed in a rules file, but most likely a mistake. */
export type WarningCode =
  | "never-decides"
  | "never-matches"
  | "no-effect"
  /** Accepted for this version; another key has taken its place. */
  | "deprecated"
  | "duplicate-name"
  | "test-keys"
  /** Requests may name hosts without end, each a site of its own. */
  | "hosts-unlisted"
  /** Without effect, or out of reach, in one of the runtimes. */
  | "runtime"
  /** An access rule that leaves out pages that are most likely meant. */
  | "path-left-open"
  | "humans-challenged"
  | "search-engine-challenged"
  | "search-engine-redirected"
  | "nobody-redirected"
  | "map-repeats"
  | "loops-unseen"
  | "shared-caches";

/** A remark on one place of a text. */
export interface Remark<Code extends string> {
  /** JSON pointer (RFC 6901) of the value, or of the key that should or should not be there. */
  readonly pointer: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors count. */
  readonly column: number;
  readonly code: Code;
  readonly message: string;
}

export type Fault = Remark<FaultCode>;
export type Warning = Remark<WarningCode>;

/** A step of a path to a value: a key, or an index. */
export type PathStep = string | number;

/** Writes a path as JSON pointer (RFC 6901 §3). */
export function toPointer(path: readonly PathStep[]): string {
  return path
    .map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

/** Longer words of the file are cut before they go into a message. */
const LONGEST_QUOTE = 60;

/** A value as a message shows it: short, in one line, without control characters. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return String(value);
  const cut = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value;
  return visible(JSON.stringify(cut));
}

/** Control and direction characters as escapes, so that a file can't steer the terminal. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
