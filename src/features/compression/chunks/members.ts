import * as v from "valibot";
import { count as time, digest } from "../../../cache/stored.ts";
import type { LedgerChange } from "../../../store/store.ts";
import { formatSketch, parseSketch, similarity, type Sketch } from "../auto/sketch.ts";

/** A chunk of a folder. Times are seconds since the epoch. */
export interface Chunk {
  /** SHA-256 of the content, in lower-case hexadecimal. */
  readonly hash: string;
  readonly size: number;
  readonly sketch: Sketch;
  /** The deploy that brought it, counted from 0. */
  readonly deploy: number;
  readonly seenAt: number;
  /** The blob with its bytes. */
  readonly blob: string;
  /** Whether a later chunk has most of its content. */
  readonly isReplaced: boolean;
  /** Whether it has replaced another. */
  readonly hasChanged: boolean;
}

/** The dictionary that was last made of the chunks. */
export interface MadeDictionary {
  readonly hash: string;
  readonly deploy: number;
  readonly madeAt: number;
}

/** The ledger's entries about the chunks of a folder. */
export interface Folder {
  readonly chunks: ReadonlyMap<string, Chunk>;
  readonly made: MadeDictionary | undefined;
}

const CHUNK = "chunk/";
const MADE = "made";
/** The most chunks of a folder, some 500 bytes each. */
export const MOST_CHUNKS = 96;
/** Bytes of a dictionary: each delta costs CPU time for all of it. */
export const MOST_BYTES = 512 * 1024;
/** A chunk that has less in common with another is not its next version. */
const ALIKE = 0.4;
/** Seconds after which a changed chunk begins another deploy, if no chunk changed twice. */
const DEPLOY = 600;

const chunkEntry = v.strictTuple([
  time,
  v.pipe(v.string(), v.maxLength(256)),
  time,
  time,
  digest,
  v.boolean(),
  v.boolean(),
]);
const madeEntry = v.strictTuple([digest, time, time]);

/** Parses a folder's entries; ignores malformed ones. */
export function parseFolder(entries: ReadonlyMap<string, string>): Folder {
  const chunks = new Map<string, Chunk>();
  let made: MadeDictionary | undefined;
  for (const [key, text] of [...entries].slice(0, MOST_CHUNKS + 10)) {
    if (key === MADE) {
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), madeEntry), text);
      if (!parsed.success) continue;
      const [hash, deploy, madeAt] = parsed.output;
      made = { hash, deploy, madeAt };
      continue;
    }
    const hash = key.slice(CHUNK.length);
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), chunkEntry), text);
    if (!key.startsWith(CHUNK) || !v.is(digest, hash) || !parsed.success) continue;
    const [size, sketched, deploy, seenAt, blob, isReplaced, hasChanged] = parsed.output;
    const sketch = parseSketch(sketched);
    if (sketch === undefined) continue;
    chunks.set(hash, { hash, size, sketch, deploy, seenAt, blob, isReplaced, hasChanged });
  }
  return { chunks, made };
}

export function setChunk(chunk: Chunk, ttl: number): LedgerChange {
  const { hash, size, sketch, deploy, seenAt, blob, isReplaced, hasChanged } = chunk;
  const value = [size, formatSketch(sketch), deploy, seenAt, blob, isReplaced, hasChanged];
  return { key: CHUNK + hash, value: JSON.stringify(value), ttl };
}

export function removeChunk({ hash }: Chunk): LedgerChange {
  return { key: CHUNK + hash, value: undefined, ttl: 0 };
}

export function setMade({ hash, deploy, madeAt }: MadeDictionary, ttl: number): LedgerChange {
  return { key: MADE, value: JSON.stringify([hash, deploy, madeAt]), ttl };
}

/** The latest deploy that the chunks show: how often the one that changed most has changed. */
export function deployOf({ chunks }: Folder): number {
  return [...chunks.values()].reduce((latest, { deploy }) => Math.max(latest, deploy), 0);
}

/** Seconds after which the other chunks of a deploy would have come. */
const ALONE = 30;

/** Whether each deploy has one chunk, such as a style sheet: clients have its previous version. */
export function hasOneChunk({ chunks }: Folder, now: number): boolean {
  const [first, ...more] = [...chunks.values()].filter(({ isReplaced }) => !isReplaced);
  return first !== undefined && more.length === 0 && now - first.seenAt >= ALONE;
}

/** The entries for a chunk that was not seen before. */
export interface Arrival {
  readonly chunk: Omit<Chunk, "blob">;
  /** The chunk whose next version it is. */
  readonly replaced: Chunk | undefined;
  readonly evicted: readonly Chunk[];
}

/**
 * Decides whose next version a chunk is: that of the most similar one that has none yet.
 *
 * @param isBeside whether a chunk, by its hash, belongs to the same deploy
 */
export function decideArrival(
  folder: Folder,
  seen: { readonly hash: string; readonly size: number; readonly sketch: Sketch },
  now: number,
  isBeside: (hash: string) => boolean = () => false,
): Arrival {
  const all = [...folder.chunks.values()];
  const [closest] = all
    .filter(({ isReplaced }) => !isReplaced)
    .map((chunk) => ({ chunk, alike: similarity(chunk.sketch, seen.sketch) }))
    .filter(({ chunk, alike }) => alike >= ALIKE && !isBeside(chunk.hash))
    .toSorted((a, b) => b.alike - a.alike);
  const latest = deployOf(folder);
  const replaced = closest?.chunk;
  const began = Math.min(
    ...all.filter(({ deploy }) => deploy === latest).map(({ seenAt }) => seenAt),
  );
  const next = now - began > DEPLOY ? latest + 1 : Math.max(latest, (replaced?.deploy ?? 0) + 1);
  const isChange = replaced !== undefined;
  const chunk = {
    ...seen,
    deploy: isChange ? next : latest,
    seenAt: now,
    isReplaced: false,
    hasChanged: isChange,
  };
  const evicted = all
    .filter((each) => each !== replaced)
    .toSorted((a, b) => Number(b.isReplaced) - Number(a.isReplaced) || a.seenAt - b.seenAt)
    .slice(0, Math.max(0, all.length - MOST_CHUNKS + 1));
  return { chunk, replaced, evicted };
}

/**
 * The chunks of a dictionary: those of the latest versions, first those that have changed before,
 * then the latest ones. Chunks that never changed get no more room than those that have.
 */
export function chooseChunks({ chunks }: Folder): readonly Chunk[] {
  const current = [...chunks.values()]
    .filter(({ isReplaced }) => !isReplaced)
    .toSorted(
      (a, b) =>
        Number(b.hasChanged) - Number(a.hasChanged) || b.seenAt - a.seenAt || a.size - b.size,
    );
  const changed = current.reduce((sum, { hasChanged, size }) => sum + (hasChanged ? size : 0), 0);
  const room = Math.min(MOST_BYTES, 2 * changed);
  let bytes = 0;
  return current.filter(({ size }) => {
    if (bytes + size > room) return false;
    bytes += size;
    return true;
  });
}
