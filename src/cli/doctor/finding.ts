/** The parts of a set-up that `doctor` looks at, in the order of its report. */
export const PARTS = [
  "versions",
  "rules",
  "store",
  "lists",
  "directories",
  "origin",
  "certificate",
  "clock",
  "proxy",
] as const;

export type SetupPart = (typeof PARTS)[number];

/**
 * One finding. "ok": as it should be. "doubtful": it works, and probably not as intended. "bad": something
 * does not work. "unknown": it could not be looked at.
 */
export interface SetupFinding {
  readonly part: SetupPart;
  readonly result: "ok" | "doubtful" | "bad" | "unknown";
  /** A clause in lower case, without a full stop. */
  readonly says: string;
  /** The remedy, a sentence. */
  readonly todo?: string;
}

export type Look = () => Promise<readonly SetupFinding[]> | readonly SetupFinding[];

/**
 * Creates the findings of one part.
 *
 * @param part the part that all of them are about
 */
export function findingsOf(part: SetupPart) {
  const make =
    (result: SetupFinding["result"]) =>
    (says: string, todo?: string): SetupFinding => ({
      part,
      result,
      says,
      ...(todo === undefined ? {} : { todo }),
    });
  return { ok: make("ok"), doubtful: make("doubtful"), bad: make("bad"), unknown: make("unknown") };
}

/** The message of an error with its cause, in one line. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const inner = cause instanceof Error ? cause.message : undefined;
  return (inner ?? message ?? String(error)).split("\n", 1)[0] ?? "";
}
