export type { BuiltDeltas } from "../../feature/parts.ts";

/** A delta as `deltas.json` lists it; hashes are SHA-256 in hexadecimal, lengths bytes. */
export interface BuiltDelta {
  /** Its name beside `deltas.json`. */
  readonly file: string;
  /** Of the file. */
  readonly sha256: string;
  readonly length: number;
  /** Of what the delta decodes to. */
  readonly content: string;
  readonly contentLength: number;
  /** Of the older version. */
  readonly dictionary: string;
  readonly coding: "dcb" | "dcz";
  /** Of the new version in its build, and of the older one; for people. */
  readonly path: string;
  readonly from: string;
}

/** The name of a delta's file. */
export function builtDeltaName(content: string, dictionary: string, coding: string): string {
  return `${content}-${dictionary}.${coding}`;
}

/** No list is longer than this, in characters. */
export const MOST_LISTED = 4 * 1024 * 1024;

const HASH = /^[0-9a-f]{64}$/;

/**
 * The deltas that a `deltas.json` lists; undefined if it is none. An entry that is wrong is left
 * out.
 */
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
    // Only this name: a list can't lead out of its folder.
    file === builtDeltaName(content as string, dictionary as string, coding) &&
    typeof path === "string" &&
    typeof from === "string"
  );
}
