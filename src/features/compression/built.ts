/** An entry of `deltas.json`; hashes are SHA-256 in hexadecimal, lengths bytes. */
export interface BuiltDelta {
  /** Name of the file beside `deltas.json`. */
  readonly file: string;
  /** Hash of the file. */
  readonly sha256: string;
  readonly length: number;
  /** Hash of the decoded content. */
  readonly content: string;
  readonly contentLength: number;
  /** Hash of the older version. */
  readonly dictionary: string;
  readonly coding: "dcb" | "dcz";
  /** Paths of the new version and of the older one in their builds; for people. */
  readonly path: string;
  readonly from: string;
}

/** The name of a delta's file. */
export function builtDeltaName(content: string, dictionary: string, coding: string): string {
  return `${content}-${dictionary}.${coding}`;
}

/** Characters of the longest list that is read. */
export const MOST_LISTED = 4 * 1024 * 1024;

const HASH = /^[0-9a-f]{64}$/;

/** Parses the well-formed entries of a `deltas.json`; undefined if the file is malformed. */
export function parseBuiltDeltas(text: string): BuiltDelta[] | undefined {
  if (text.length > MOST_LISTED) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { version, deltas } = (parsed ?? {}) as { version?: unknown; deltas?: unknown };
  return version === 1 && Array.isArray(deltas) ? deltas.filter(isBuiltDelta) : undefined;
}

function isBuiltDelta(value: unknown): value is BuiltDelta {
  const { file, sha256, length, content, contentLength, dictionary, coding, path, from } = (value ??
    {}) as Partial<Record<keyof BuiltDelta, unknown>>;
  return (
    [sha256, content, dictionary].every((each) => typeof each === "string" && HASH.test(each)) &&
    [length, contentLength].every((each) => Number.isSafeInteger(each)) &&
    (coding === "dcb" || coding === "dcz") &&
    // No other name, so that a list can't refer to files outside of its folder.
    file === builtDeltaName(content as string, dictionary as string, coding) &&
    typeof path === "string" &&
    typeof from === "string"
  );
}
