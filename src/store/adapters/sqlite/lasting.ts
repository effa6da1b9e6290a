import type { DatabaseSync } from "node:sqlite";
import { markReported, messageOf } from "../../failures/reported.ts";
import { faultOf } from "./fault.ts";
import { BUSY_TIMEOUT, close, openDatabase } from "./open.ts";
import { identityOf, setAside } from "./set-aside.ts";

/** A change in the state of a database file, for the log: one event for each state. */
export type SqliteEvent =
  /** The file was damaged and has been renamed. */
  | { readonly kind: "set-aside"; readonly file: string; readonly as: string; readonly why: string }
  /** Until `up`, memory replaces the file, or the file is only read. */
  | {
      readonly kind: "down";
      readonly file: string;
      readonly means: "memory" | "no-writes";
      readonly why: string;
    }
  | { readonly kind: "up"; readonly file: string };

/** The surroundings of a database file. */
export interface LastingFile {
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Called with each event of the file; see `SqliteEvent`. */
  readonly tell: (event: SqliteEvent) => void;
}

interface LastingOptions<Part> extends LastingFile {
  readonly path: string;
  /** Called before the file is opened, e.g. to make its folder; may throw. */
  readonly prepare?: (() => void) | undefined;
  /** Creates the object that operations use, on an open database. */
  readonly build: (db: DatabaseSync) => Part;
  /** Whether a damaged file stays where it is, because it must not be replaced by an empty one. @default false */
  readonly isKept?: boolean | undefined;
}

/** An open database; empty while memory replaces it. */
interface Opened<Part> {
  readonly part?: Part;
  readonly file?: { readonly db: DatabaseSync; readonly identity: string | undefined };
}

/** Seconds until the next trial: after the first failure, doubled by each, and at most. */
const FIRST_REST = 1;
const LONGEST_REST = 30;
/** Seconds between two renamings of damaged files, which must not fill a failing disk. */
const SET_ASIDE_STEP = 60;

/** A write that was not tried, because one has just failed. */
class StoreResting extends Error {
  override readonly name = "StoreResting";
}

/**
 * Opens a database whose file may be, or become, damaged, locked, full, read-only or unreachable.
 * Never throws: it renames a damaged file; while a file can't be opened, operations get no part.
 */
export class Lasting<Part> {
  readonly #options: LastingOptions<Part>;
  /** Set while the file fails: the length of the current rest in seconds, and its end. */
  #trouble: { readonly rest: number; readonly until: number } | undefined;
  #setAsideAt = -Infinity;
  #current: Opened<Part>;

  constructor(options: LastingOptions<Part>) {
    this.#options = options;
    this.#current = this.#open(BUSY_TIMEOUT);
  }

  /** Runs an operation. While the file can't be written, most writes reject at once. */
  async use<T>(
    kind: "read" | "write",
    operation: (part: Part | undefined) => Promise<T>,
  ): Promise<T> {
    this.#openAgain();
    const { part, file } = this.#current;
    const isWrite = file !== undefined && kind === "write";
    if (isWrite && this.#trouble !== undefined && this.#options.now() < this.#trouble.until) {
      throw markReported(new StoreResting("a write to the store has just failed"));
    }
    try {
      const value = await operation(part);
      if (isWrite && file === this.#current.file) this.#recover();
      return value;
    } catch (error) {
      const fault = file === undefined ? undefined : faultOf(error);
      if (file === undefined || fault === undefined) throw error;
      // Another operation may have found the damage before.
      if (fault === "damaged" && file === this.#current.file) this.#replace(file, error);
      if (fault === "damaged") return operation(this.#current.part);
      if (file === this.#current.file) {
        this.#fail("no-writes", error);
        // A trial must not block the single thread of this process.
        file.db.exec("PRAGMA busy_timeout = 0");
      }
      throw markReported(error as Error);
    }
  }

  close(): void {
    return close(this.#current.file?.db);
  }

  /** Begins a rest after a failure, and reports the first one. */
  #fail(means: "memory" | "no-writes", error: unknown): void {
    const { tell, path: file, now } = this.#options;
    const last = this.#trouble?.rest;
    if (last === undefined) tell({ kind: "down", file, means, why: messageOf(error) });
    const rest = last === undefined ? FIRST_REST : Math.min(2 * last, LONGEST_REST);
    this.#trouble = { rest, until: now() + rest };
  }

  #recover(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#current.file?.db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    this.#options.tell({ kind: "up", file: this.#options.path });
  }

  /** Opens the file, an empty file instead of a damaged one, or memory. */
  #open(busyTimeout: number): Opened<Part> {
    const { path, prepare, build } = this.#options;
    const opened = (db: DatabaseSync): Opened<Part> => ({
      part: build(db),
      file: { db, identity: identityOf(path) },
    });
    for (;;) {
      const identity = identityOr(path);
      let freed = false;
      const onFault = (error: unknown): void => {
        if (faultOf(error) === "damaged") freed = this.#isFreed(identity, error);
      };
      try {
        prepare?.();
        return openDatabase(path, opened, busyTimeout, onFault);
      } catch (error) {
        if (freed) continue;
        this.#fail("memory", error);
        return {};
      }
    }
  }

  /** Renames a damaged, open file; tells whether its path is free now or has another file. */
  #isFreed(identity: string | undefined, error: unknown): boolean {
    const { tell, path: file, now, isKept } = this.#options;
    if (isKept === true || now() - this.#setAsideAt < SET_ASIDE_STEP) return false;
    this.#setAsideAt = now();
    try {
      const as = setAside(file, identity, now());
      if (as !== undefined) tell({ kind: "set-aside", file, as, why: messageOf(error) });
      return true;
    } catch {
      return false;
    }
  }

  /** After a rest, opens the file if it is not open or was replaced. */
  #openAgain(): void {
    if (this.#trouble === undefined || this.#options.now() < this.#trouble.until) return;
    const { file } = this.#current;
    if (file !== undefined && file.identity === identityOr(this.#options.path)) return;
    const opened = this.#open(0);
    if (opened.file === undefined) return;
    close(file?.db);
    this.#current = opened;
    this.#recover();
  }

  /** Replaces a database that was damaged while it was open by an empty one. */
  #replace({ db, identity }: NonNullable<Opened<Part>["file"]>, error: unknown): void {
    // Renamed before it is closed, since SQLite deletes the -wal at the close.
    const freed = this.#isFreed(identity, error);
    close(db);
    if (freed) {
      this.#current = this.#open(0);
      if (this.#current.file !== undefined) this.#recover();
    } else {
      this.#fail("memory", error);
      this.#current = {};
    }
  }
}

function identityOr(path: string): string | undefined {
  try {
    return identityOf(path);
  } catch {
    return undefined;
  }
}
