/** The fault of a database file; see `faultOf`. */
type SqliteFault =
  /** Its content is corrupt or no database. */
  | "damaged"
  /** It belongs to another program. */
  | "foreign"
  /** Another process holds a lock. */
  | "busy"
  | "full"
  | "read-only"
  /** It can't be opened or read, e.g. a folder, no permission, a failing disk. */
  | "unreachable";

/** A database of another program, which wayleave does not change. */
export class ForeignDatabase extends Error {
  override readonly name = "ForeignDatabase";
}

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const FAULTS: Readonly<Record<number, SqliteFault>> = {
  // SQLITE_ERROR: our statements are valid, so a table or column is missing.
  1: "damaged",
  3: "unreachable",
  5: "busy",
  6: "busy",
  8: "read-only",
  10: "unreachable",
  11: "damaged",
  13: "full",
  14: "unreachable",
  15: "busy",
  23: "unreachable",
  26: "damaged",
};

/** The file's fault that an error shows; undefined for any other error. */
export function faultOf(error: unknown): SqliteFault | undefined {
  if (error instanceof ForeignDatabase) return "foreign";
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  if (code === "EROFS") return "read-only";
  if (code === "ENOSPC" || code === "EDQUOT") return "full";
  if (typeof code === "string" && FILE_ERRORS.has(code)) return "unreachable";
  // The low byte of an extended result code is the primary one.
  return typeof errcode === "number" ? FAULTS[errcode & 0xff] : undefined;
}

/** Error codes of creating the file, before SQLite opens it. */
const FILE_ERRORS: ReadonlySet<string> = new Set([
  "EACCES",
  "EPERM",
  "EISDIR",
  "ENOENT",
  "ENOTDIR",
  "EIO",
  "ELOOP",
  "EMFILE",
  "ENFILE",
  "ENAMETOOLONG",
  "ETXTBSY",
]);
