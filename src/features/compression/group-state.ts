import type { LedgerChange } from "../../store/store.ts";
import type { DeltaCoding } from "./decide.ts";

/** A version that serves as a dictionary. */
export interface StoredDictionary {
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since the epoch: when it was last requested, and last used as a dictionary. */
  readonly seenAt: number;
  readonly usedAt: number;
  readonly standing: Standing;
}

/** The requests or uses of a version: 0: one; 1: several by one network; 2: by two networks. */
export type Standing = 0 | 1 | 2;

/** A delta that is stored, or that was made once and saved too little. */
export interface KnownDelta {
  readonly content: string;
  readonly dictionary: string;
  readonly coding: DeltaCoding;
  /** SHA-256 of the delta; undefined if it saved too little. */
  readonly blob: string | undefined;
  readonly size: number;
  readonly usedAt: number;
  /** Whether it was sent again after it was made. */
  readonly isRepeated: boolean;
}

/** The ledger's entries about one match group, parsed. */
export interface GroupState {
  readonly dictionaries: ReadonlyMap<string, StoredDictionary>;
  /** Versions that were evicted lately; they are not stored again for a while. */
  readonly evicted: ReadonlySet<string>;
  readonly deltas: ReadonlyMap<string, KnownDelta>;
  /** The dictionary that pages name, if it is a group of pages. */
  readonly named?: NamedDictionary | undefined;
}

/** The dictionary that pages name until a better one replaces it. */
export interface NamedDictionary {
  readonly hash: string;
  /** Seconds since the epoch. */
  readonly since: number;
  /** The pages that it was made of. */
  readonly pages: number;
  /** The share of a page's plain coding that it saves, in percent. */
  readonly gain: number;
}

const NAMED = "named";

export function nameDictionary(
  { hash, since, pages, gain }: NamedDictionary,
  ttl: number,
): LedgerChange {
  return { key: NAMED, value: `${hash} ${since} ${pages} ${gain}`, ttl };
}

function parseNamed(value: string | undefined): NamedDictionary | undefined {
  const facts = value === undefined ? undefined : numbers(value);
  const { blob: hash = "", numbers: [since = 0, pages = 0, gain = 0] = [] } = facts ?? {};
  return HASH.test(hash) ? { hash, since, pages, gain } : undefined;
}

const HASH = /^[0-9a-f]{64}$/;

/** Parses a ledger's entries; ignores malformed ones. */
export function readGroup(entries: ReadonlyMap<string, string>): GroupState {
  const dictionaries = new Map<string, StoredDictionary>();
  const evicted = new Set<string>();
  const deltas = new Map<string, KnownDelta>();
  for (const [key, value] of entries) {
    const [kind, name = "", more = ""] = key.split("/");
    if (!HASH.test(name)) continue;
    if (kind === "evicted") evicted.add(name);
    const facts = numbers(value);
    if (facts === undefined) continue;
    const [size = 0, first = 0, second = 0, third = 0] = facts.numbers;
    if (kind === "dictionary") {
      const standing = third > 1 ? 2 : third === 1 ? 1 : 0;
      dictionaries.set(name, { hash: name, size, seenAt: first, usedAt: second, standing });
    } else if (kind === "delta") {
      const [dictionary = "", coding] = more.split(".");
      if (!HASH.test(dictionary) || (coding !== "dcb" && coding !== "dcz")) continue;
      const { blob } = facts;
      if (blob !== undefined && !HASH.test(blob)) continue;
      const isRepeated = second > 0;
      deltas.set(key, { content: name, dictionary, coding, blob, size, usedAt: first, isRepeated });
    }
  }
  return { dictionaries, evicted, deltas, named: parseNamed(entries.get(NAMED)) };
}

function numbers(
  value: string,
): { readonly numbers: readonly number[]; readonly blob: string | undefined } | undefined {
  const [blob = "", ...rest] = value.split(" ");
  const parsed = rest.map(Number);
  if (parsed.length === 0 || parsed.some((each) => !Number.isSafeInteger(each) || each < 0)) {
    return undefined;
  }
  return { numbers: parsed, blob: blob === "-" ? undefined : blob };
}

export function deltaKey(content: string, dictionary: string, coding: DeltaCoding): string {
  return `delta/${content}/${dictionary}.${coding}`;
}

/** @param ttl seconds */
export function writeDictionary(stored: StoredDictionary, ttl: number): LedgerChange {
  const { hash, size, seenAt, usedAt, standing } = stored;
  return { key: `dictionary/${hash}`, value: `- ${size} ${seenAt} ${usedAt} ${standing}`, ttl };
}

/** @param ttl seconds */
export function writeDelta(delta: KnownDelta, ttl: number): LedgerChange {
  const { content, dictionary, coding, blob = "-", size, usedAt, isRepeated } = delta;
  const value = `${blob} ${size} ${usedAt} ${isRepeated ? 1 : 0}`;
  return { key: deltaKey(content, dictionary, coding), value, ttl };
}

/** Seconds until an evicted version may be stored again. */
const REFUSED_FOR = 3600;

/** Removes a version and all deltas against it. One that was requested once may return at once. */
export function evictDictionary(state: GroupState, hash: string): LedgerChange[] {
  const against = [...state.deltas].filter(([, { dictionary }]) => dictionary === hash);
  const isOnce = state.dictionaries.get(hash)?.standing === 0;
  return [
    { key: `dictionary/${hash}`, value: undefined, ttl: 0 },
    ...(isOnce ? [] : [{ key: `evicted/${hash}`, value: "-", ttl: REFUSED_FOR }]),
    ...against.map(([key]) => ({ key, value: undefined, ttl: 0 })),
  ];
}

/** The state after some changes. */
export function applyChanges(state: GroupState, changes: readonly LedgerChange[]): GroupState {
  const removed = new Set(changes.filter(({ value }) => value === undefined).map(({ key }) => key));
  const set = new Map(
    changes.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]])),
  );
  const news = readGroup(set);
  const without = <T>(map: ReadonlyMap<string, T>, prefix: string): [string, T][] =>
    [...map].filter(([key]) => !removed.has(prefix + key));
  return {
    dictionaries: new Map([...without(state.dictionaries, "dictionary/"), ...news.dictionaries]),
    evicted: new Set([...state.evicted, ...news.evicted]),
    deltas: new Map([...without(state.deltas, ""), ...news.deltas]),
    named: news.named ?? state.named,
  };
}

/** Seconds until a last use is written again. */
export const STAMP_EVERY = 3600;

/** The versions of a group that a request fetched and used. */
export interface Used {
  /** SHA-256 of the version that it fetched. */
  readonly seen?: string | undefined;
  /** SHA-256 of the client's version, and the key of the delta that was sent. */
  readonly dictionary?: string | undefined;
  readonly delta?: string | undefined;
  /** The standing that the request gives to `seen` or `dictionary`. */
  readonly standing: Standing;
}

/** The changes that record a use. */
export function stampsOf(
  { dictionaries, deltas }: GroupState,
  { seen, dictionary, delta, standing }: Used,
  now: number,
  ttl: number,
): LedgerChange[] {
  const changes: LedgerChange[] = [];
  const stored = dictionaries.get(dictionary ?? seen ?? "");
  if (stored !== undefined) {
    const isUse = dictionary !== undefined && now - stored.usedAt >= STAMP_EVERY;
    if (isUse || stored.standing < standing) {
      const left = stored.seenAt + ttl - now;
      const usedAt = isUse ? now : stored.usedAt;
      changes.push(writeDictionary(standingAtLeast({ ...stored, usedAt }, standing), left));
    }
  }
  const sent: KnownDelta | undefined = deltas.get(delta ?? "");
  if (sent !== undefined && (now - sent.usedAt >= STAMP_EVERY || !sent.isRepeated)) {
    changes.push(writeDelta({ ...sent, usedAt: now, isRepeated: true }, ttl));
  }
  return changes;
}

export function standingAtLeast(stored: StoredDictionary, standing: Standing): StoredDictionary {
  return stored.standing < standing ? { ...stored, standing } : stored;
}
