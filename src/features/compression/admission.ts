import { BoundedCache } from "../../memory/bounded-cache.ts";
import { PROTECTED } from "../../memory/budget.ts";
import { allowancePerHour, type Allowance } from "../../timing/allowance.ts";
import type { GroupState, StoredDictionary, KnownDelta, Standing } from "./group-state.ts";

type DictionaryAdmission =
  | { readonly kind: "known"; readonly stored: StoredDictionary }
  | { readonly kind: "admitted"; readonly evict: readonly string[] }
  | {
      readonly kind: "refused";
      readonly reason: "evicted-lately" | "larger-than-budget" | "others-stand-higher";
    };

/**
 * Decides which others are evicted for a version, if it is stored: the lowest standing first, then
 * the longest unused. Of higher standing, only those outside of the protected share.
 */
export function decideAdmission(
  { dictionaries, evicted }: GroupState,
  version: { readonly hash: string; readonly size: number; readonly standing: Standing },
  budget: { readonly dictionaries: number; readonly bytes: number },
): DictionaryAdmission {
  const stored = dictionaries.get(version.hash);
  if (stored !== undefined) return { kind: "known", stored };
  // Otherwise old versions that clients still request would evict each other.
  if (evicted.has(version.hash)) return { kind: "refused", reason: "evicted-lately" };
  if (version.size > budget.bytes) return { kind: "refused", reason: "larger-than-budget" };
  const evict: string[] = [];
  const lowest = [...dictionaries.values()].toSorted(
    (a, b) => a.standing - b.standing || lastUse(a) - lastUse(b),
  );
  let count = lowest.length + 1;
  let bytes = lowest.reduce((sum, { size }) => sum + size, version.size);
  const secure = protectedOf(lowest, budget);
  for (const each of lowest) {
    if (count <= budget.dictionaries && bytes <= budget.bytes) break;
    if (each.standing > version.standing && secure.has(each)) {
      return { kind: "refused", reason: "others-stand-higher" };
    }
    evict.push(each.hash);
    count -= 1;
    bytes -= each.size;
  }
  return { kind: "admitted", evict };
}

/** The versions of highest standing within the protected share; the rest is for new ones. */
function protectedOf(
  lowest: readonly StoredDictionary[],
  budget: { readonly dictionaries: number; readonly bytes: number },
): ReadonlySet<StoredDictionary> {
  const secure = new Set<StoredDictionary>();
  let bytes = 0;
  for (const each of lowest.toReversed()) {
    bytes += each.size;
    const isWithin = secure.size + 1 <= budget.dictionaries * PROTECTED;
    if (!isWithin || bytes > budget.bytes * PROTECTED) break;
    secure.add(each);
  }
  return secure;
}

/** Seconds without use after which a delta may be evicted. */
const IDLE_AFTER = 3600;

type DeltaAdmission =
  | { readonly kind: "admitted"; readonly evict: readonly KnownDelta[] }
  | { readonly kind: "refused"; readonly reason: "over-budget" };

/**
 * Decides whether a delta is stored. Deltas in use are not evicted, or they would evict each other.
 * In a full group, deltas that were sent once are evicted first.
 *
 * @param most deltas of one content
 * @param now seconds since the epoch
 */
export function decideDeltaAdmission(
  { deltas }: GroupState,
  content: string,
  most: number,
  now: number,
): DeltaAdmission {
  const all = [...deltas.values()];
  const evict: KnownDelta[] = [];
  const room = (
    stored: readonly KnownDelta[],
    bound: number,
    mayGo: (delta: KnownDelta) => boolean = () => false,
  ): boolean => {
    const missing = stored.length + 1 - bound;
    if (missing <= 0) return true;
    const idle = stored
      .filter((delta) => mayGo(delta) || delta.usedAt + IDLE_AFTER <= now)
      .toSorted((a, b) => Number(a.isRepeated) - Number(b.isRepeated) || a.usedAt - b.usedAt);
    if (idle.length < missing) return false;
    evict.push(...idle.slice(0, missing));
    return true;
  };
  const own = all.filter((delta) => delta.content === content);
  // Deltas of earlier deploys expire; until then, this bounds their number.
  const isRoom = room(own, most) && room(all, most * VERSIONS, ({ isRepeated }) => !isRepeated);
  return isRoom ? { kind: "admitted", evict } : { kind: "refused", reason: "over-budget" };
}

/** The contents of a group, over URLs and deploys, that may have deltas at the same time. */
const VERSIONS = 8;

function lastUse({ seenAt, usedAt }: StoredDictionary): number {
  return Math.max(seenAt, usedAt);
}

/** The most groups that a process begins in an hour: invented hosts must not begin more. */
const NEW_GROUPS = 500;

/** Bounds the changes that one process makes to groups in an hour. @param now in seconds */
export function createGroupAllowance(now: () => number) {
  const newcomers = allowancePerHour(NEW_GROUPS, now);
  const evictions = new BoundedCache<Allowance>({ name: "counts", max: 1500 });
  return {
    mayBegin: () => newcomers(1),
    /**
     * Whether some dictionaries of a group may be evicted. Content that differs for each request
     * must not evict what clients have, nor use up the evictions of other content.
     *
     * @param standing of the version that replaces them
     * @param most dictionaries of the group
     */
    mayEvict(group: string, standing: Standing, count: number, most: number): boolean {
      if (count === 0) return true;
      const begin = () => allowancePerHour(most, now);
      return evictions.getOrMake(`${standing} ${group}`, begin)(count);
    },
  };
}
