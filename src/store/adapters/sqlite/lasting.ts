import type { DatabaseSync } from "node:sqlite";
import { markTold } from "../../failures/told.ts";
import { faultOf } from "./fault.ts";
import { BUSY_TIMEOUT, connect, makeReady } from "./open.ts";
import { identityOf, setAside } from "./set-aside.ts";

/** What happens to a database file, for the log: told once for each state, not for each failure. */
export type SqliteEvent =
  /** The file was damaged: it has another name now. */
  | { readonly kind: "set-aside"; readonly file: string; readonly as: string; readonly why: string }
  /** Memory takes the place of the file, or it is only read, until `up`. */
  | {
      readonly kind: "down";
      readonly file: string;
      readonly means: "memory" | "no-writes";
      readonly why: string;
    }
  | { readonly kind: "up"; readonly file: string };

export interface LastingOptions<Part> {
  readonly path: string;
  /** Called before the file is opened, e.g. to make its folder; may throw. */
  readonly prepare?: (() => void) | undefined;
  /** Makes the object that the operations use from an open database. */
  readonly build: (db: DatabaseSync) => Part;
  /** What takes its place while there is none. */
  readonly inMemory: () => Part;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly tell: (event: SqliteEvent) => void;
}

/** An object on a database that stays usable if the file fails. */
export interface Lasting<Part> {
  /**
   * Carries out an operation. While the file can't be written, writes reject at once, except for one
   * trial now and then.
   */
  use<T>(kind: "read" | "write", operation: (part: Part) => Promise<T>): Promise<T>;
  close(): void;
}

interface Opened<Part> {
  readonly part: Part;
  /** Undefined in memory. */
  readonly file?: { readonly db: DatabaseSync; readonly identity: string | undefined };
}

/** Seconds until the next trial, at first and at most: each one that fails doubles it. */
const FIRST_REST = 1;
const LONGEST_REST = 30;
/** Seconds within which a file is set aside once: a disk that fails would fill up with them. */
const SET_ASIDE_STEP = 60;

/** Not tried, since it failed a moment ago. */
class StoreResting extends Error {
  override readonly name = "StoreResting";
}

/**
 * Opens a database whose file may be, or become, damaged, locked, full, read-only or unreachable.
 * Never throws: a damaged file is set aside, and memory takes the place of one that can't be opened.
 */
export function openLasting<Part>(options: LastingOptions<Part>): Lasting<Part> {
  const { path, now, tell } = options;
  /** What is wrong, while something is: the seconds of the last rest, and when it ends. */
  let trouble: { readonly rest: number; readonly until: number } | undefined;
  let setAsideAt = -Infinity;
  let current: Opened<Part> = open(BUSY_TIMEOUT);

  /** Begins a rest; the first one is told of. */
  function fail(means: "memory" | "no-writes", error: unknown): void {
    if (trouble === undefined) tell({ kind: "down", file: path, means, why: messageOf(error) });
    const rest = trouble === undefined ? FIRST_REST : Math.min(2 * trouble.rest, LONGEST_REST);
    trouble = { rest, until: now() + rest };
  }

  function recover(): void {
    if (trouble === undefined) return;
    trouble = undefined;
    current.file?.db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    tell({ kind: "up", file: path });
  }

  /** The file, an empty one in the place of a damaged one, or memory. */
  function open(busyTimeout: number): Opened<Part> {
    for (;;) {
      const identity = identityOr(path);
      let freed = false;
      try {
        return openFile(options, busyTimeout, (error) => (freed = isFreed(identity, error)));
      } catch (error) {
        if (freed) continue;
        fail("memory", error);
        return { part: options.inMemory() };
      }
    }
  }

  /** Sets a damaged, open file aside: whether its path is free now, or has another file. */
  function isFreed(identity: string | undefined, error: unknown): boolean {
    if (now() - setAsideAt < SET_ASIDE_STEP) return false;
    setAsideAt = now();
    try {
      const as = setAside(path, identity, now());
      if (as !== undefined) tell({ kind: "set-aside", file: path, as, why: messageOf(error) });
      return true;
    } catch {
      return false;
    }
  }

  /** After a rest, opens the file if it is not open, or another one is in its place. */
  function openAgain(): void {
    if (trouble === undefined || now() < trouble.until) return;
    const { file } = current;
    if (file !== undefined && file.identity === identityOr(path)) return;
    const opened = open(0);
    if (opened.file === undefined) return;
    close(file?.db);
    current = opened;
    recover();
  }

  /** Takes an empty database in the place of one that was damaged while it was open. */
  function replace({ db, identity }: NonNullable<Opened<Part>["file"]>, error: unknown): void {
    // Renamed before it is closed, since SQLite removes the -wal of a database that it closes.
    const freed = isFreed(identity, error);
    close(db);
    if (freed) {
      current = open(0);
      if (current.file !== undefined) recover();
    } else {
      fail("memory", error);
      current = { part: options.inMemory() };
    }
  }

  return {
    async use(kind, operation) {
      openAgain();
      const { part, file } = current;
      const isWrite = file !== undefined && kind === "write";
      if (isWrite && trouble !== undefined && now() < trouble.until) {
        throw markTold(new StoreResting("the store failed a moment ago"));
      }
      try {
        const value = await operation(part);
        if (isWrite && file === current.file) recover();
        return value;
      } catch (error) {
        const fault = file === undefined ? undefined : faultOf(error);
        if (file === undefined || fault === undefined) throw error;
        // Another operation may have met the damage before.
        if (fault === "damaged" && file === current.file) replace(file, error);
        if (fault === "damaged") return operation(current.part);
        if (file === current.file) {
          fail("no-writes", error);
          // A trial must not hold up the requests of this process, which has one thread.
          file.db.exec("PRAGMA busy_timeout = 0");
        }
        throw markTold(error as Error);
      }
    },
    close: () => close(current.file?.db),
  };
}

/** @param onDamage called for a damaged file while it is still open */
function openFile<Part>(
  { path, prepare, build }: LastingOptions<Part>,
  busyTimeout: number,
  onDamage: (error: unknown) => void,
): Opened<Part> {
  prepare?.();
  const db = connect(path);
  try {
    makeReady(db, busyTimeout);
    const part = build(db);
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    return { part, file: { db, identity: identityOf(path) } };
  } catch (error) {
    if (faultOf(error) === "damaged") onDamage(error);
    close(db);
    throw error;
  }
}

function close(db: DatabaseSync | undefined): void {
  try {
    db?.close();
  } catch {
    // It is closed already, or its file is gone.
  }
}

function identityOr(path: string): string | undefined {
  try {
    return identityOf(path);
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
