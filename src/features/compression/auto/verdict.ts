import { elapsed, HOUR, type AutoBudget } from "./budget.ts";
import type { Group, SeenVersion } from "./group.ts";
import type { watchReasons } from "./reasons.ts";
import { similarity } from "./sketch.ts";
import { isResting } from "./state.ts";
import type { NoGroupReason, Template } from "./template.ts";

/** Why a group is not offered as dictionaries. */
export type WatchReason = keyof typeof watchReasons | "too-small" | "too-large";

/** Whether the responses of a group are offered as dictionaries. */
export type GroupVerdict =
  | {
      readonly kind: "advertise";
      readonly match: string;
      readonly matchDest: readonly string[];
      readonly reason: "proven";
      /** The share of the plain coding that a delta saves, by the last trial and by reports. */
      readonly gain: number;
    }
  | {
      readonly kind: "watch";
      readonly reason: WatchReason;
      /** Whether its responses are offered as dictionaries before a trial. */
      readonly isLikely?: boolean;
    }
  | { readonly kind: "ineligible"; readonly reason: NoGroupReason };

/** Decides from the ledger's entries about a group. */
export function decideVerdict(
  template: Template,
  group: Group,
  now: number,
  budget: AutoBudget,
  isTrialRunning = false,
): GroupVerdict {
  const { match, matchDest } = template;
  const { state, versions } = group;
  if (isResting(state, now)) {
    return watch(state.kind === "too-costly" ? "too-costly" : "gain-gone");
  }
  if (changesTooOften(group, now, budget)) return watch("changes-too-often");
  if (state.kind === "proven") {
    return { kind: "advertise", match, matchDest, reason: "proven", gain: state.gain };
  }
  if (isTrialRunning) return untried(template, "trial-running");
  // Browsers hold what they fetch: the first version, too, is a dictionary for the next.
  if (versions.size === 0) {
    return BUILT.test(match) ? untried(template, "first-version") : watch("first-version");
  }
  const few = tooFew(template, group);
  if (few !== undefined) return untried(template, few);
  if (!isAlike(template, group, budget)) return watch("not-similar");
  const latest = [...group.trials.values()].toSorted((a, b) => b.at - a.at)[0];
  const isTried = [...versions.values()].every(({ firstSeen }) => firstSeen <= (latest?.at ?? 0));
  if (latest !== undefined && isTried && latest.gain < budget.startGain) {
    return watch("gain-too-small");
  }
  return recentTrials(group, now) < budget.trialsPerHour
    ? untried(template, "trial-due")
    : watch("trials-used-up");
}

/** Files whose next version is likely to be similar: with a version, or a script or style. */
const BUILT = /\.(?:m?js|css|wasm)$/;

/**
 * The verdict before a trial. Browsers store a version when they fetch it: the dictionary that they
 * lack when the trial is over would cost every visitor one more deploy.
 */
function untried({ kind, match }: Template, reason: WatchReason): GroupVerdict {
  const isLikely = kind === "versioned" || BUILT.test(match);
  return isLikely ? { kind: "watch", reason, isLikely } : watch(reason);
}

function watch(reason: WatchReason): GroupVerdict {
  return { kind: "watch", reason };
}

/** The reason why versions can't be compared yet. */
function tooFew(template: Template, { versions }: Group) {
  if (versions.size > 1) return undefined;
  return [...versions.values()].some((version) => hasMoved(template, version))
    ? undefined
    : "one-version";
}

/** Whether at least half of the versions are similar to another version. */
function isAlike(
  template: Template,
  { versions }: Group,
  { leastSimilarity }: AutoBudget,
): boolean {
  const all = [...versions.values()];
  const paired = all.filter(
    (one) =>
      hasMoved(template, one) ||
      all.some((other) => other !== one && similarity(one.sketch, other.sketch) >= leastSimilarity),
  );
  return paired.length * 2 >= all.length;
}

/** Whether the same bytes appear at a new version's address: clients would load them again. */
export function hasMoved(template: Template, version: SeenVersion): boolean {
  return template.kind === "versioned" && version.addresses.length > 1;
}

function changesTooOften({ versions }: Group, now: number, budget: AutoBudget): boolean {
  if (versions.size < budget.versions) return false;
  return [...versions.values()].every(({ firstSeen }) => elapsed(now, firstSeen) < HOUR);
}

function recentTrials({ trials }: Group, now: number): number {
  return [...trials.values()].filter(({ at }) => elapsed(now, at) < HOUR).length;
}

/** Whether a version gets a trial now, and against which other version. */
type TrialPlan =
  | { readonly kind: "try"; readonly against: SeenVersion }
  /** No known version is similar: the gain is 0 without a trial. */
  | { readonly kind: "unlike" }
  | { readonly kind: "none" };

/** Decides whether a trial of the version with this hash is due. */
export function decideTrial(
  template: Template,
  group: Group,
  hash: string,
  now: number,
  budget: AutoBudget,
): TrialPlan {
  const { state, versions, trials } = group;
  const version = versions.get(hash);
  if (version === undefined || trials.has(hash) || isResting(state, now)) return { kind: "none" };
  const isProven = state.kind === "proven";
  if (!isProven && tooFew(template, group) !== undefined) return { kind: "none" };
  if (changesTooOften(group, now, budget)) return { kind: "none" };
  if (!isProven && !isAlike(template, group, budget)) return { kind: "none" };
  const others = [...versions.values()]
    .filter((other) => other.hash !== hash)
    .map((other) => ({ other, alike: similarity(version.sketch, other.sketch) }))
    .filter(({ alike }) => alike >= budget.leastSimilarity)
    .toSorted((a, b) => b.alike - a.alike);
  const stored = others.find(({ other }) => other.stored !== undefined && other.stored.until > now);
  if (stored !== undefined) return { kind: "try", against: stored.other };
  if (hasMoved(template, version)) return { kind: "try", against: version };
  // Missing bytes say nothing about the gain.
  return isProven && others.length === 0 && versions.size > 1
    ? { kind: "unlike" }
    : { kind: "none" };
}
