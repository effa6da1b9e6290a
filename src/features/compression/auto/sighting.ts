import { elapsed, HOUR, type AutoBudget } from "./budget.ts";
import type { Group, SeenVersion } from "./group.ts";
import type { Sketch } from "./sketch.ts";
import type { Template } from "./template.ts";
import { hasMoved } from "./verdict.ts";

/** The entries to write for a version. */
type Sighting =
  /** The ledger's entry is recent enough. */
  | { readonly kind: "known" }
  /** Too many versions within the hour. */
  | { readonly kind: "refused" }
  | {
      readonly kind: "record";
      readonly version: SeenVersion;
      /** Whether to store its bytes for a trial. */
      readonly storesBytes: boolean;
      /** Versions that it replaces. */
      readonly evicted: readonly SeenVersion[];
      /** Versions whose bytes are deleted once those of this version are stored. */
      readonly stripped: readonly SeenVersion[];
    };

/** Decides which entries to write for a version. */
export function decideSighting(
  template: Template,
  group: Group,
  seen: {
    readonly hash: string;
    readonly size: number;
    readonly address: string;
    readonly sketch: Sketch;
  },
  now: number,
  budget: AutoBudget,
): Sighting {
  const known = group.versions.get(seen.hash);
  if (known !== undefined) {
    const isNewPlace = !known.addresses.includes(seen.address) && known.addresses.length < 2;
    const isMoved = template.kind === "versioned" && isNewPlace;
    if (!isMoved && elapsed(now, known.lastSeen) < HOUR) return { kind: "known" };
    const addresses = isMoved ? [...known.addresses, seen.address] : known.addresses;
    // After the clock was set back, the version would stay young for ever.
    const firstSeen = Math.min(known.firstSeen, now);
    return plan({ ...known, addresses, firstSeen, lastSeen: now }, []);
  }
  const evicted = makingRoom(group, budget.versions);
  // A crowd of new versions does not evict versions that clients use.
  if (evicted.some(({ lastSeen }) => elapsed(now, lastSeen) < HOUR)) return { kind: "refused" };
  const version: SeenVersion = {
    hash: seen.hash,
    size: seen.size,
    addresses: [seen.address],
    sketch: seen.sketch,
    firstSeen: now,
    lastSeen: now,
    stored: undefined,
  };
  return plan(version, evicted);

  function plan(recorded: SeenVersion, gone: readonly SeenVersion[]): Sighting {
    const others = byRecency(group, recorded.hash).filter((other) => !gone.includes(other));
    const storesBytes = wantsBytes(template, recorded, others, now, budget);
    const stripped = storesBytes ? overflow(recorded, others, budget) : [];
    return { kind: "record", version: recorded, storesBytes, evicted: gone, stripped };
  }
}

function isLasting({ firstSeen, lastSeen }: SeenVersion): boolean {
  return lastSeen > firstSeen;
}

/** The versions to evict: first those that were seen within one hour only, then the oldest. */
function makingRoom({ versions }: Group, most: number): SeenVersion[] {
  return [...versions.values()]
    .toSorted((a, b) => Number(isLasting(a)) - Number(isLasting(b)) || a.lastSeen - b.lastSeen)
    .slice(0, Math.max(0, versions.size - most + 1));
}

function byRecency({ versions }: Group, without: string): SeenVersion[] {
  return [...versions.values()]
    .filter(({ hash }) => hash !== without)
    .toSorted((a, b) => b.lastSeen - a.lastSeen);
}

function wantsBytes(
  template: Template,
  version: SeenVersion,
  others: readonly SeenVersion[],
  now: number,
  budget: AutoBudget,
): boolean {
  if (version.size > budget.storedBytes || budget.storedVersions < 1) return false;
  // Bytes with enough time left are not written again.
  if (version.stored !== undefined && version.stored.until - now > budget.keepFor / 2) return false;
  return !hasMoved(template, version) || others.length > 0;
}

/** The versions whose bytes exceed the budget beside those of this one, longest unseen first. */
function overflow(
  version: SeenVersion,
  others: readonly SeenVersion[],
  budget: AutoBudget,
): SeenVersion[] {
  const stored = others.filter((other) => other.stored !== undefined);
  let bytes = version.size;
  let count = 1;
  return stored.filter((other) => {
    if (count < budget.storedVersions && bytes + other.size <= budget.storedBytes) {
      bytes += other.size;
      count++;
      return false;
    }
    return true;
  });
}
