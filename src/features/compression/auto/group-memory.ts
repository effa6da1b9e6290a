import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { bucketsOf } from "../../../timing/bucket.ts";
import { hashedKey } from "../../../http/digest.ts";
import type { LedgerChange } from "../../../store/store.ts";
import type { AutoOptions } from "./auto.ts";
import { elapsed } from "./budget.ts";
import { parseGroup, type Group } from "./group.ts";
import { patiently } from "../patience.ts";
import type { Template } from "./template.ts";

/** The key of a group: pages and files of one pattern have different keys. */
export function groupKey(scope: string, { match, matchDest }: Template): string {
  return `${scope}\n${match}\n${matchDest.join(" ")}`;
}

/** The group's name in the ledger, of bounded length. */
export function groupId(key: string): Promise<string> {
  return hashedKey("auto", key);
}

/** Seconds for which a group is not read again. */
const FRESH = 30;
/** Reads of a group of which a client has a dictionary: at once, and per second afterwards. */
const LOOKS_AGAIN = { burst: 5, perSecond: 1 / 3 };
/** Seconds until a ledger that failed is read again. */
const PAUSE = 5;

interface CachedGroup {
  readonly at: number;
  /** Undefined if the ledger failed. */
  readonly entries: ReadonlyMap<string, string> | undefined;
  readonly group: Group | undefined;
}

interface MemoryOptions extends Pick<AutoOptions, "ledger" | "now" | "warn"> {
  /** Milliseconds for which background work waits for the ledger. */
  readonly patience: number;
}

/** The facts about groups in memory, in front of the ledger. */
export class GroupMemory {
  readonly #options: MemoryOptions;
  readonly #cached = new BoundedCache<CachedGroup>({
    name: "groups",
    sizeOf: ({ group }) => 500 + 1200 * (group?.versions.size ?? 0),
  });
  readonly #reading = new Map<string, { at: number; done: Promise<Group | undefined> }>();

  readonly #looksAgain: ReturnType<typeof bucketsOf>;

  constructor(options: MemoryOptions) {
    this.#options = options;
    this.#looksAgain = bucketsOf(LOOKS_AGAIN, options.now);
  }

  /** Whether to read a group again, of which another process may know more; counts the read. */
  mayLookAgain(key: string): boolean {
    const looks = this.#looksAgain(key);
    if (!looks.has(1)) return false;
    looks.take(1);
    return true;
  }

  /** The group as read within half a minute; "failed" for some seconds after the ledger failed. */
  peek(key: string): Group | "failed" | undefined {
    const found = this.#cached.get(key);
    if (found === undefined) return undefined;
    const limit = found.group === undefined ? PAUSE : FRESH;
    return elapsed(this.#options.now(), found.at) >= limit ? undefined : (found.group ?? "failed");
  }

  /** Reads the ledger, once for all waiting callers; undefined if it fails. */
  async read(key: string, patience = this.#options.patience): Promise<Group | undefined> {
    // Requests wait for a shorter time than background work.
    const flight = `${patience} ${key}`;
    const begun = this.#reading.get(flight);
    // The runtime may cancel the request that began the read: each call has its own timeout.
    if (begun !== undefined && elapsed(this.#options.now(), begun.at) < 1 + patience / 1000) {
      const joined = await patiently(() => begun.done, patience);
      return joined.kind === "done" ? joined.value : undefined;
    }
    const own = { at: this.#options.now(), done: this.#read(key, patience) };
    this.#reading.set(flight, own);
    return own.done.finally(() => {
      if (this.#reading.get(flight) === own) this.#reading.delete(flight);
    });
  }

  /** Writes to the ledger and updates the memory; false if the ledger fails. */
  async change(key: string, changes: readonly LedgerChange[]): Promise<boolean> {
    const id = await groupId(key);
    const write = () => this.#options.ledger.change(id, changes).then(() => true);
    if ((await this.#attempt("change", write)) !== true) return false;
    const before = this.#cached.get(key)?.entries;
    // Without a complete read, the written entries would pass for the whole group.
    if (before === undefined) this.#cached.delete(key);
    else this.#store(key, changed(before, changes));
    return true;
  }

  /** Claims a key that no other process has claimed; false also if the ledger fails. */
  async claim(key: string, name: string, ttl: number): Promise<boolean> {
    const id = await groupId(key);
    return (await this.#attempt("claim", () => this.#options.ledger.claim(id, name, ttl))) === true;
  }

  async #read(key: string, patience: number): Promise<Group | undefined> {
    const id = await groupId(key);
    return this.#store(
      key,
      await this.#attempt("read", () => this.#options.ledger.read(id), patience),
    );
  }

  #store(key: string, entries: CachedGroup["entries"]): Group | undefined {
    const group = entries && parseGroup(entries);
    this.#cached.set(key, { at: this.#options.now(), entries, group });
    return group;
  }

  async #attempt<Value>(
    what: string,
    work: () => Promise<Value>,
    patience = this.#options.patience,
  ): Promise<Value | undefined> {
    const outcome = await patiently(work, patience);
    if (outcome.kind === "done") return outcome.value;
    this.#options.warn("auto-dictionary-ledger-failed", { what, error: outcome.error });
    return undefined;
  }
}

function changed(
  before: ReadonlyMap<string, string>,
  changes: readonly LedgerChange[],
): ReadonlyMap<string, string> {
  const entries = new Map(before);
  for (const { key, value } of changes) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return entries;
}
