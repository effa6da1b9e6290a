import type { LedgerChange } from "../../store/store.ts";
import {
  writeDelta,
  writeDictionary,
  type GroupState,
  type StoredDictionary,
  type KnownDelta,
  type Standing,
} from "./group-state.ts";

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
