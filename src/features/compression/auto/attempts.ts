import type { DeltaCodec } from "../../../codecs/delta.ts";
import type { PlainCodec } from "../../../codecs/plain/codec.ts";
import { HOUR, type AutoBudget } from "./budget.ts";
import type { Candidates } from "./candidates.ts";
import { groupId, type GroupMemory } from "./group-memory.ts";
import {
  setState,
  setTrial,
  setVersion,
  type Group,
  type Trial,
  type SeenVersion,
} from "./group.ts";
import { patiently } from "../patience.ts";
import { afterTrial } from "./state.ts";
import type { Template } from "./template.ts";
import { tryDelta } from "./trial.ts";
import { decideTrial } from "./verdict.ts";
import { inlineCost } from "../costs.ts";
import type { Scheduler } from "../../../timing/scheduler.ts";

/** A version with its content. */
interface Subject {
  readonly hash: string;
  readonly content: Uint8Array<ArrayBuffer>;
  /** The network of the client that fetched it. */
  readonly network?: string | undefined;
}

/** Trials of deltas; only one process makes each. */
export interface Attempts {
  /** Runs a trial of the version if one is due, and stores the result. */
  make(key: string, template: Template, group: Group, subject: Subject): Promise<void>;
  /** Whether this process is running a trial for the group. */
  isRunning(key: string): boolean;
}

/** The options that an observer passes to its trials. */
export interface TrialOptions {
  readonly memory: GroupMemory;
  readonly codecs: readonly DeltaCodec[];
  readonly plain: readonly PlainCodec[];
  readonly now: () => number;
  readonly warn: (event: string, facts: Readonly<Record<string, unknown>>) => void;
  readonly budget: AutoBudget;
  readonly patience: number;
  readonly scheduler: Scheduler;
}

interface AttemptsOptions extends TrialOptions {
  readonly candidates: Candidates;
}

/** Milliseconds after which a codec counts as hung. */
const LOST = 60_000;

/** Creates the trials of one process. */
export function createAttempts(options: AttemptsOptions): Attempts {
  const { memory, now, budget, patience, scheduler } = options;

  return {
    isRunning: (key) => scheduler.isRunning(nameOf(key)),

    async make(key, template, group, subject) {
      const plan = decideTrial(template, group, subject.hash, now(), budget);
      if (plan.kind === "none") return;
      const { content, network } = subject;
      // A trial makes the delta and the plain coding to compare it with.
      const milliseconds = plan.kind === "unlike" ? 0 : inlineCost(3 * content.length);
      await scheduler.run({ name: nameOf(key), network, milliseconds }, async () => {
        if (!(await memory.claim(key, `trial/${subject.hash}`, HOUR, patience))) return;
        if (plan.kind !== "unlike") {
          if (await takeSlot(options, key)) await carryOut(options, key, subject, plan.against);
          return;
        }
        const { length } = content;
        await conclude(options, key, {
          deltaLength: length,
          plainLength: length,
          gain: 0,
          hash: subject.hash,
          at: now(),
        });
      });
    },
  };
}

async function takeSlot(options: AttemptsOptions, key: string): Promise<boolean> {
  const { memory, budget, patience } = options;
  for (let slot = 0; slot < budget.trialsPerHour; slot++) {
    if (await memory.claim(key, `slot/${slot}`, HOUR, patience)) return true;
  }
  return false;
}

async function carryOut(
  options: AttemptsOptions,
  key: string,
  subject: Subject,
  against: SeenVersion,
): Promise<void> {
  const { memory, now, warn, budget, patience, codecs, plain } = options;
  const { hash, content } = subject;
  const dictionary =
    against.hash === hash ? content : await load(options, key, against.stored?.blob);
  if (dictionary === undefined) {
    const lost = setVersion({ ...against, stored: undefined }, budget.keepFor);
    await memory.change(key, [lost], patience);
    return;
  }
  const tried = await patiently(() => tryDelta(content, dictionary, codecs, plain, now), LOST);
  if (tried.kind === "failed") {
    warn("auto-dictionary-trial-failed", { error: tried.error });
    return;
  }
  const result = tried.value;
  if (result.kind === "refused" || result.seconds > budget.trialSeconds) {
    const state = { kind: "too-costly", since: now() } as const;
    await memory.change(key, [setState(state, budget.keepFor)], patience);
    return;
  }
  const { gain, deltaLength, plainLength } = result;
  await conclude(options, key, { gain, deltaLength, plainLength, hash, at: now() });
}

async function load(options: AttemptsOptions, key: string, blob: string | undefined) {
  if (blob === undefined) return undefined;
  const { candidates, patience } = options;
  const id = await groupId(key);
  const loaded = await patiently(() => candidates.load(id, blob), patience);
  return loaded.kind === "done" ? loaded.value : undefined;
}

/** Stores a trial and the group's new state, based on the ledger's current entries. */
async function conclude(options: AttemptsOptions, key: string, trial: Trial): Promise<void> {
  const { memory, now, budget, patience } = options;
  const group = await memory.read(key, patience);
  if (group === undefined) return;
  const state = afterTrial(group.state, trial, now(), budget);
  const changes = [setTrial(trial, budget.keepFor)];
  if (state !== group.state) changes.push(setState(state, budget.keepFor));
  await memory.change(key, changes, patience);
}

function nameOf(key: string): string {
  return `trial/${key}`;
}
