import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { concat } from "../../../http/bytes.ts";
import { hashedKey, sha256, toHex } from "../../../http/digest.ts";
import type { LedgerChange, Store } from "../../../store/store.ts";
import { allowancePerHour, type Allowance } from "../../../timing/allowance.ts";
import { bucketsOf } from "../../../timing/bucket.ts";
import type { Scheduler } from "../../../timing/scheduler.ts";
import { DEFAULT_BUDGET } from "../auto/budget.ts";
import { storedCandidates } from "../auto/candidates.ts";
import { sketchOf } from "../auto/sketch.ts";
import { COSTS } from "../costs.ts";
import { Companions } from "./companions.ts";
import { patiently } from "../patience.ts";
import {
  chooseChunks,
  decideArrival,
  deployOf,
  hasOneChunk,
  parseFolder,
  removeChunk,
  setChunk,
  setMade,
  type Folder,
} from "./members.ts";

interface FolderParts extends Pick<Store, "ledger" | "blobs"> {
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly scheduler: Scheduler;
  readonly warn: (event: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** A dictionary made of chunks. */
export interface ChunkDictionary {
  readonly hash: string;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly deploy: number;
}

/** Seconds for which a folder is not read again, and for which chunks stay stored. */
const FRESH = 30;
const STORED_FOR = 30 * 86_400;
/** Reads of a folder for a deploy that this process does not know: at once, and per second afterwards. */
const LOOKS_AGAIN = { burst: 5, perSecond: 1 / 3 };
/** Seconds until a dictionary of the same deploy is made again, after more chunks were seen. */
const AGAIN = 60;
/** Milliseconds for which a client waits for the ledger, and for which background work does. */
const LOOK = 100;
const PATIENCE = 10_000;
const LEAST_BYTES = 512;

interface Read {
  readonly at: number;
  readonly entries: ReadonlyMap<string, string>;
  readonly folder: Folder;
}

/** What one process knows about folders of chunks, in front of the ledger. */
export class ChunkFolders {
  readonly #parts: FolderParts;
  readonly #read = new BoundedCache<Read>({
    name: "groups",
    max: 200,
    sizeOf: ({ folder }) => 1000 + 1200 * folder.chunks.size,
  });
  readonly #candidates: ReturnType<typeof storedCandidates>;
  readonly #companions: Companions;
  readonly #newcomers: Allowance;
  readonly #bytes: Allowance;
  readonly #looksAgain: ReturnType<typeof bucketsOf>;

  constructor(parts: FolderParts) {
    this.#parts = parts;
    this.#candidates = storedCandidates(parts, PATIENCE);
    this.#companions = new Companions(parts.now);
    this.#newcomers = allowancePerHour(DEFAULT_BUDGET.groupsPerHour, parts.now);
    this.#looksAgain = bucketsOf(LOOKS_AGAIN, parts.now);
    this.#bytes = allowancePerHour(DEFAULT_BUDGET.bytesPerHour, parts.now);
  }

  /**
   * The latest deploy that the chunks of a folder show; 0 if the ledger fails.
   *
   * @param named the deploy of an address that another process may have given to clients
   */
  async deploy(key: string, named = 0): Promise<number> {
    const { deploy } = await this.look(key);
    const looks = this.#looksAgain(key);
    if (deploy >= named || !looks.has(1)) return deploy;
    looks.take(1);
    this.#read.delete(key);
    return (await this.look(key)).deploy;
  }

  /** The latest deploy, and whether each deploy has one chunk. */
  async look(key: string): Promise<{ readonly deploy: number; readonly isLone: boolean }> {
    const read = await this.#look(key, LOOK);
    if (read === undefined) return { deploy: 0, isLone: false };
    const { folder } = read;
    return { deploy: deployOf(folder), isLone: hasOneChunk(folder, this.#parts.now()) };
  }

  /** Records that a client got a chunk. */
  note(key: string, hash: string, client: string): void {
    this.#companions.note(nameIn(key, hash), client);
  }

  /**
   * Records the whole content of a chunk that different clients have fetched; never throws.
   *
   * @returns false if this process was busy: call again for the next response
   */
  async see(
    key: string,
    seen: {
      readonly hash: string;
      readonly content: Uint8Array<ArrayBuffer>;
      readonly network: string;
      readonly client: string;
    },
  ): Promise<boolean> {
    const { hash, content, network, client } = seen;
    const bytes = content.length;
    if (bytes < LEAST_BYTES || bytes > DEFAULT_BUDGET.storedBytes) return true;
    const before = await this.#look(key, PATIENCE);
    if (before === undefined || before.folder.chunks.has(hash)) return true;
    const { now, scheduler } = this.#parts;
    const work = scheduler.begin({
      name: `chunk/${key}/${hash}`,
      bytes,
      network,
      milliseconds: bytes * COSTS.sketch,
    });
    if (work === undefined) return false;
    try {
      // Invented addresses must not fill the store.
      if (before.folder.chunks.size === 0 && !this.#newcomers(1)) return true;
      if (!this.#bytes(bytes)) return true;
      const group = await nameOf(key);
      const sketch = await sketchOf(content);
      const blob = await this.#candidates.store(group, content, STORED_FOR);
      if (blob === undefined) return true;
      const { folder } = (await this.#look(key, PATIENCE)) ?? before;
      const { chunk, replaced, evicted } = decideArrival(
        folder,
        { hash, size: bytes, sketch },
        now(),
        (other) => this.#companions.areTogether(nameIn(key, other), nameIn(key, hash), client),
      );
      await this.#change(key, [
        ...evicted.map((each) => removeChunk(each)),
        ...(replaced === undefined
          ? []
          : [setChunk({ ...replaced, isReplaced: true }, STORED_FOR)]),
        setChunk({ ...chunk, blob }, STORED_FOR),
      ]);
      for (const each of evicted) await this.#candidates.drop(each.blob);
      return true;
    } finally {
      work.end();
    }
  }

  /** The dictionary of the latest deploy; undefined if no chunk has changed, or bytes are missing. */
  async dictionary(
    key: string,
    stored: (hash: string) => Promise<Uint8Array<ArrayBuffer> | undefined>,
  ): Promise<ChunkDictionary | undefined> {
    const read = await this.#look(key, PATIENCE);
    if (read === undefined) return undefined;
    const { folder } = read;
    const deploy = deployOf(folder);
    const { made } = folder;
    const isRecent = made?.deploy === deploy && this.#parts.now() - made.madeAt < AGAIN;
    if (made !== undefined && isRecent) {
      const content = await stored(made.hash);
      if (content !== undefined) return { hash: made.hash, content, deploy };
    }
    const group = await nameOf(key);
    const parts = await Promise.all(
      chooseChunks(folder).map(({ blob }) => this.#candidates.load(group, blob)),
    );
    const content = concat(parts.filter((part) => part !== undefined));
    if (content.length === 0) return undefined;
    const hash = toHex(await sha256(content));
    const madeAt = Math.floor(this.#parts.now());
    await this.#change(key, [setMade({ hash, deploy, madeAt }, STORED_FOR)]);
    return { hash, content, deploy };
  }

  async #look(key: string, patience: number): Promise<Read | undefined> {
    const { now, ledger, warn } = this.#parts;
    const known = this.#read.get(key);
    if (known !== undefined && Math.abs(now() - known.at) < FRESH) return known;
    const group = await nameOf(key);
    const outcome = await patiently(() => ledger.read(group), patience);
    if (outcome.kind === "failed") {
      warn("auto-dictionary-ledger-failed", { what: "read", error: outcome.error });
      return known;
    }
    const entries = outcome.value;
    const read = { at: now(), entries, folder: parseFolder(entries) };
    this.#read.set(key, read);
    return read;
  }

  async #change(key: string, changes: readonly LedgerChange[]): Promise<void> {
    const { ledger, warn } = this.#parts;
    const before = this.#read.get(key);
    if (before !== undefined) {
      const entries = new Map(before.entries);
      for (const { key: name, value } of changes) {
        if (value === undefined) entries.delete(name);
        else entries.set(name, value);
      }
      this.#read.set(key, { ...before, entries, folder: parseFolder(entries) });
    }
    const group = await nameOf(key);
    const outcome = await patiently(() => ledger.change(group, changes), PATIENCE);
    if (outcome.kind === "failed") {
      this.#read.delete(key);
      warn("auto-dictionary-ledger-failed", { what: "change", error: outcome.error });
    }
  }
}

function nameIn(key: string, hash: string): string {
  return `${key}\n${hash}`;
}

function nameOf(key: string): Promise<string> {
  return hashedKey("chunks", key);
}
