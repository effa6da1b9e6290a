import type { AutoBudget } from "./budget.ts";
import type { Group, State, Trial } from "./group.ts";
import type { Template } from "./template.ts";
import { decideVerdict, type GroupVerdict } from "./verdict.ts";

/** All facts about a group as plain data; times are seconds since the epoch. */
export interface Description {
  readonly template: Template;
  readonly verdict: GroupVerdict;
  readonly state: State;
  /** The latest first. */
  readonly versions: readonly {
    readonly hash: string;
    readonly size: number;
    readonly addresses: number;
    readonly firstSeen: number;
    readonly lastSeen: number;
    /** Whether its bytes are stored for a trial. */
    readonly isStored: boolean;
  }[];
  /** The latest first. */
  readonly trials: readonly Trial[];
  /** Bytes that are stored for trials. */
  readonly storedBytes: number;
}

/** Collects the facts about a group. */
export function describeGroup(
  template: Template,
  group: Group,
  now: number,
  budget: AutoBudget,
): Description {
  const versions = [...group.versions.values()]
    .toSorted((a, b) => b.firstSeen - a.firstSeen)
    .map(({ hash, size, addresses, firstSeen, lastSeen, stored }) => ({
      hash,
      size,
      addresses: addresses.length,
      firstSeen,
      lastSeen,
      isStored: stored !== undefined && stored.until > now,
    }));
  return {
    template,
    verdict: decideVerdict(template, group, now, budget),
    state: group.state,
    versions,
    trials: [...group.trials.values()].toSorted((a, b) => b.at - a.at),
    storedBytes: versions.reduce((sum, { size, isStored }) => sum + (isStored ? size : 0), 0),
  };
}
