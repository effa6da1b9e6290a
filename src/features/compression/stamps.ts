import type { LedgerChange } from "../../store/store.ts";
import {
  writeDelta,
  writeDictionary,
  type GroupState,
  type StoredDictionary,
  type KnownDelta,
  type Standing,
} from "./group-state.ts";

/** Seconds after which a last use is written down anew. */
export const STAMP_EVERY = 3600;

/** What a request has seen or used of a group. */
export interface Used {
  /** SHA-256 of a version that it fetched. */
  readonly seen?: string | undefined;
  /** SHA-256 of the version that it has, and the key of the delta that was sent. */
  readonly dictionary?: string | undefined;
  readonly delta?: string | undefined;
  /** What the request gives `seen` or `dictionary`. */
  readonly standing: Standing;
}

/** The changes that note it. */
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
