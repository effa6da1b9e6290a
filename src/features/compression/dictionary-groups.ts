import { BoundedCache } from "../../memory/bounded-cache.ts";
import { sha256, toHex } from "../../http/digest.ts";
import type { LedgerChange, LedgerStore } from "../../store/store.ts";
import { decideAdmission, decideDeltaAdmission, createGroupAllowance } from "./admission.ts";
import { bucketsOf } from "../../timing/bucket.ts";
import { SingleFlight } from "../../timing/single-flight.ts";
import type { BlobCache } from "../../cache/blob-cache.ts";
import type { DeltaCoding } from "./decide.ts";
import {
  applyChanges,
  deltaKey,
  evictDictionary,
  nameDictionary,
  readGroup,
  STAMP_EVERY,
  standingAtLeast,
  stampsOf,
  writeDelta,
  writeDictionary,
  type GroupState,
  type NamedDictionary,
  type Standing,
  type StoredDictionary,
  type Used,
} from "./group-state.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";

export interface GroupBounds {
  readonly dictionaries: number;
  readonly bytes: number;
  readonly variants: number;
  /** Seconds for which a version serves after it was last requested. */
  readonly ttl: number;
}

/** Milliseconds for which a group is used without reading the ledger. */
const KNOWN_FOR = 30_000;

/** Milliseconds after which a group is not used until it is read again. */
const STALE_AFTER = 300_000;

/** Reads of a group that lacks the version of a client: at once, and per second afterwards. */
const LOOKS_AGAIN = { burst: 5, perSecond: 1 / 3 };

export interface StoredDelta {
  readonly coding: DeltaCoding;
  readonly delta: Uint8Array<ArrayBuffer>;
}

interface Known {
  readonly state: GroupState;
  /** Milliseconds. */
  readonly readAt: number;
}

/** A version that was neither requested nor used before. */
const NEW = { usedAt: 0, standing: 0 } as const;

const EMPTY: GroupState = readGroup(new Map());

interface GroupParts {
  readonly ledger: LedgerStore;
  readonly blobs: BlobCache;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly onFault: (error: unknown) => void;
}

/** The match groups, cached in memory: not every request reads or writes the ledger. */
export class Groups {
  readonly #parts: GroupParts;
  readonly #known = new BoundedCache<Known>({
    name: "groups",
    max: 500,
    sizeOf: ({ state }) =>
      500 * (state.dictionaries.size + state.deltas.size) + 150 * state.evicted.size,
  });
  readonly #allowance: ReturnType<typeof createGroupAllowance>;
  readonly #reading = new SingleFlight<GroupState>();
  /** Changes made while a group is being read, which the result of the read may lack. */
  readonly #meanwhile = new Map<string, (readonly LedgerChange[])[]>();
  readonly #storing = new SingleFlight<void>();
  readonly #looksAgain: ReturnType<typeof bucketsOf>;

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.#looksAgain = bucketsOf(LOOKS_AGAIN, parts.now);
    this.#allowance = createGroupAllowance(parts.now);
  }

  /** The cached state of a group; empty if the ledger fails and nothing is cached. */
  state(group: string, knownFor = KNOWN_FOR): GroupState | Promise<GroupState> {
    const known = this.#known.get(group);
    const age = known === undefined ? Infinity : this.#parts.now() * 1000 - known.readAt;
    if (known !== undefined && age < knownFor) return known.state;
    const reading = this.#reading.do(group, () => this.#read(group));
    // While the ledger is read, an older state is used, unless it lacks the version.
    const isGoodEnough = knownFor === KNOWN_FOR && age < STALE_AFTER;
    return known !== undefined && isGoodEnough ? known.state : reading;
  }

  /** The state of a group that may have a version by now, since another process has stored it. */
  async stateWith(group: string, hash: string): Promise<GroupState> {
    const state = await this.state(group);
    if (state.dictionaries.has(hash)) return state;
    // A client that invents hashes causes no more reads than this.
    const looks = this.#looksAgain(group);
    if (!looks.has(1)) return state;
    looks.take(1);
    return this.state(group, 0);
  }

  /** The bytes of a dictionary of this group; undefined if there is none with this hash. */
  async dictionary(group: string, hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const state = await this.stateWith(group, hash);
    if (!state.dictionaries.has(hash)) return undefined;
    const content = await this.#parts.blobs.get(hash);
    // A store that fails has lost nothing: its versions serve again once it is back.
    if (content === undefined && this.#parts.blobs.isGone(hash)) {
      void this.#change(group, evictDictionary(state, hash).slice(0, 1));
    }
    return content;
  }

  /** Stores a version as a dictionary, or extends its time. */
  storeDictionary(
    group: string,
    hash: string,
    content: Uint8Array<ArrayBuffer>,
    bounds: GroupBounds,
    standing: Standing = 0,
  ): Promise<void> {
    const version = { hash, size: content.length, standing };
    const store = () => this.#storeDictionary(group, version, content, bounds);
    return this.#storing.do(`${group}/${hash}/${standing}`, store);
  }

  async #storeDictionary(
    group: string,
    version: Pick<StoredDictionary, "hash" | "size" | "standing">,
    content: Uint8Array<ArrayBuffer>,
    bounds: GroupBounds,
  ): Promise<void> {
    const { hash, standing } = version;
    const now = Math.floor(this.#parts.now());
    const known = await this.state(group);
    const before = decideAdmission(known, version, bounds);
    if (before.kind === "refused") return;
    if (before.kind === "known" && now - before.stored.seenAt < STAMP_EVERY) {
      return this.stamp(group, { seen: hash, standing }, bounds.ttl);
    }
    if (before.kind === "admitted") {
      const { dictionaries } = known;
      if (dictionaries.size === 0 && !this.#allowance.mayBegin()) return;
      const { length } = before.evict;
      if (!this.#allowance.mayEvict(group, standing, length, bounds.dictionaries)) return;
    }
    await this.#parts.blobs.put(hash, content, bounds.ttl);
    // Decided again: other versions may have been stored, but none between here and the change.
    const read = await this.state(group);
    const state = this.#known.get(group)?.state ?? read;
    const admission = decideAdmission(state, version, bounds);
    if (admission.kind === "refused") return this.#parts.blobs.delete(hash);
    const last = admission.kind === "known" ? admission.stored : NEW;
    const evict = admission.kind === "admitted" ? admission.evict : [];
    const gone = evict.flatMap((each) => evictDictionary(state, each));
    const stored = { ...last, hash, size: version.size, seenAt: now };
    const written = writeDictionary(standingAtLeast(stored, standing), bounds.ttl);
    await this.#change(group, [...gone, written]);
    await Promise.all(evict.map((each) => this.#parts.blobs.delete(each)));
  }

  /** Makes a stored dictionary the one that pages name. */
  name(group: string, named: NamedDictionary, ttl: number): Promise<void> {
    return this.#change(group, [nameDictionary(named, ttl)]);
  }

  /** A stored delta, or "useless" if one was made and saved too little. */
  delta(
    group: string,
    state: GroupState,
    content: string,
    dictionary: string,
    codings: readonly DeltaCoding[],
  ): Awaitable<StoredDelta | "useless" | undefined> {
    const known = codings
      .map((coding) => state.deltas.get(deltaKey(content, dictionary, coding)))
      .find((each) => each !== undefined);
    if (known === undefined) return undefined;
    if (known.blob === undefined) return "useless";
    const { coding, blob } = known;
    const bytes = this.#parts.blobs.get(blob);
    const found = (delta: Uint8Array<ArrayBuffer> | undefined): StoredDelta | undefined => {
      if (delta !== undefined) return { coding, delta };
      if (!this.#parts.blobs.isGone(blob)) return undefined;
      const key = deltaKey(content, dictionary, coding);
      void this.#change(group, [{ key, value: undefined, ttl: 0 }]);
      return undefined;
    };
    return andThen(bytes, found);
  }

  /** Whether the budget allows another delta of this content. */
  async hasRoom(group: string, content: string, bounds: GroupBounds): Promise<boolean> {
    const state = await this.state(group);
    return (
      decideDeltaAdmission(state, content, bounds.variants, this.#parts.now()).kind === "admitted"
    );
  }

  /** Stores a delta, or that it saves too little (`delta` undefined). */
  async storeDelta(
    group: string,
    made: { readonly content: string; readonly dictionary: string; readonly coding: DeltaCoding },
    delta: Uint8Array<ArrayBuffer> | undefined,
    bounds: GroupBounds,
  ): Promise<void> {
    if (!(await this.hasRoom(group, made.content, bounds))) return;
    const blob = delta === undefined ? undefined : toHex(await sha256(delta));
    if (delta !== undefined && blob !== undefined)
      await this.#parts.blobs.put(blob, delta, bounds.ttl);
    // Decided again: of simultaneous requests, the first ones have used the room.
    const read = await this.state(group);
    const state = this.#known.get(group)?.state ?? read;
    const now = Math.floor(this.#parts.now());
    const admission = decideDeltaAdmission(state, made.content, bounds.variants, now);
    if (admission.kind === "refused") {
      if (blob !== undefined) await this.#parts.blobs.delete(blob);
      return;
    }
    const size = delta?.length ?? 0;
    const gone = admission.evict.map((each) => ({
      key: deltaKey(each.content, each.dictionary, each.coding),
      value: undefined,
      ttl: 0,
    }));
    const stored = writeDelta({ ...made, blob, size, usedAt: now, isRepeated: false }, bounds.ttl);
    await this.#change(group, [...gone, stored]);
    const blobs = admission.evict.flatMap((each) => each.blob ?? []);
    await Promise.all(blobs.map((each) => this.#parts.blobs.delete(each)));
  }

  /** Stores which versions were requested and used: when, to the hour, and their standing. */
  async stamp(group: string, used: Used, ttl: number): Promise<void> {
    const now = Math.floor(this.#parts.now());
    if (stampsOf(await this.state(group), used, now, ttl).length === 0) return;
    // Read again, or entries that another process has evicted would return.
    const read = await this.state(group, 0);
    const changes = stampsOf(this.#known.get(group)?.state ?? read, used, now, ttl);
    if (changes.length > 0) await this.#change(group, changes);
  }

  /** Claims a piece of work for this process; false if another has it, or the ledger fails. */
  async claim(group: string, work: string, seconds: number): Promise<boolean> {
    try {
      return await this.#parts.ledger.claim(group, work, seconds);
    } catch (error) {
      this.#parts.onFault(error);
      return false;
    }
  }

  async #change(group: string, changes: readonly LedgerChange[]): Promise<void> {
    const known = this.#known.get(group);
    if (known !== undefined) {
      this.#known.set(group, { ...known, state: applyChanges(known.state, changes) });
    }
    this.#meanwhile.get(group)?.push(changes);
    try {
      await this.#parts.ledger.change(group, changes);
    } catch (error) {
      this.#parts.onFault(error);
    }
  }

  async #read(group: string): Promise<GroupState> {
    let state: GroupState;
    const changes: (readonly LedgerChange[])[] = [];
    this.#meanwhile.set(group, changes);
    try {
      state = changes.reduce(applyChanges, readGroup(await this.#parts.ledger.read(group)));
    } catch (error) {
      this.#parts.onFault(error);
      state = this.#known.get(group)?.state ?? EMPTY;
    } finally {
      this.#meanwhile.delete(group);
    }
    this.#known.set(group, { state, readAt: this.#parts.now() * 1000 });
    return state;
  }
}
