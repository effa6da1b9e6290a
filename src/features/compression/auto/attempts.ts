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
import { decideTrial } from "./verdict.ts";
import { COSTS } from "../costs.ts";
import type { Scheduler } from "../../../timing/scheduler.ts";

/** A response whose whole content was read. */
export interface Seen {
  readonly url: string;
  /** SHA-256 of the content, in lower-case hexadecimal. */
  readonly hash: string;
  /** Decoded from the origin server's content coding. */
  readonly content: Uint8Array<ArrayBuffer>;
  /** The network of the client that fetched it. @default the site's own work */
  readonly network?: string | undefined;
}

/** The parts of the automatic mode that observer and trials share. */
export interface AutoParts {
  readonly memory: GroupMemory;
  readonly candidates: Candidates;
  /** Cheapest first. */
  readonly codecs: readonly DeltaCodec[];
  /** Deltas are compared with br if it is present, else with the first. */
  readonly plain: readonly PlainCodec[];
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly warn: (event: string, facts: Readonly<Record<string, unknown>>) => void;
  readonly budget: AutoBudget;
  /** Milliseconds. */
  readonly patience: number;
  readonly scheduler: Scheduler;
}

/** Milliseconds after which a codec counts as hung. */
const LOST = 60_000;

/** Creates the trials of deltas in one process; only one of several processes makes each. */
export function createAttempts(parts: AutoParts) {
  const { memory, now, budget, scheduler } = parts;

  return {
    /** Whether this process is running a trial for the group. */
    isRunning: (key: string): boolean => scheduler.isRunning(nameOf(key)),

    /** Runs a trial of the version if one is due, and stores the result. */
    async make(key: string, template: Template, group: Group, subject: Seen): Promise<void> {
      const plan = decideTrial(template, group, subject.hash, now(), budget);
      if (plan.kind === "none") return;
      const { content, network } = subject;
      // A trial makes the delta and the plain coding to compare it with.
      const milliseconds = plan.kind === "unlike" ? 0 : 3 * content.length * COSTS.inline;
      await scheduler.run({ name: nameOf(key), network, milliseconds }, async () => {
        if (!(await memory.claim(key, `trial/${subject.hash}`, HOUR))) return;
        if (plan.kind !== "unlike") {
          if (await takeSlot(parts, key)) await carryOut(parts, key, subject, plan.against);
          return;
        }
        const lengths = { deltaLength: content.length, plainLength: content.length };
        await conclude(parts, key, { ...lengths, gain: 0, hash: subject.hash, at: now() });
      });
    },
  };
}

async function takeSlot({ memory, budget }: AutoParts, key: string): Promise<boolean> {
  for (let slot = 0; slot < budget.trialsPerHour; slot++) {
    if (await memory.claim(key, `slot/${slot}`, HOUR)) return true;
  }
  return false;
}

async function carryOut(
  parts: AutoParts,
  key: string,
  subject: Seen,
  against: SeenVersion,
): Promise<void> {
  const { memory, candidates, now, warn, budget } = parts;
  const { hash, content } = subject;
  const { stored } = against;
  const old = stored && (() => groupId(key).then((id) => candidates.load(id, stored.blob)));
  const dictionary = against.hash === hash ? content : await old?.();
  if (dictionary === undefined) {
    await memory.change(key, [setVersion({ ...against, stored: undefined }, budget.keepFor)]);
    return;
  }
  const tried = await patiently(() => tryDelta(content, dictionary, parts), LOST);
  if (tried.kind === "failed") {
    warn("auto-dictionary-trial-failed", { error: tried.error });
    return;
  }
  const result = tried.value;
  if (result === undefined || result.seconds > budget.trialSeconds) {
    const state = { kind: "too-costly", since: now() } as const;
    warn("auto-dictionary-off", { group: key, why: state.kind });
    await memory.change(key, [setState(state, budget.keepFor)]);
    return;
  }
  const { gain, deltaLength, plainLength } = result;
  await conclude(parts, key, { gain, deltaLength, plainLength, hash, at: now() });
}

/** Stores a trial and the group's new state, based on the ledger's current entries. */
async function conclude(parts: AutoParts, key: string, trial: Trial): Promise<void> {
  const { memory, now, budget, warn } = parts;
  const group = await memory.read(key);
  if (group === undefined) return;
  const state = afterTrial(group.state, trial, now(), budget);
  if (state.kind === "stopped" && group.state.kind === "proven") {
    warn("auto-dictionary-off", { group: key, why: "gain-gone" });
  }
  const changes = [setTrial(trial, budget.keepFor)];
  if (state !== group.state) changes.push(setState(state, budget.keepFor));
  await memory.change(key, changes);
}

function nameOf(key: string): string {
  return `trial/${key}`;
}

/** Bytes of a dcz header (RFC 9842 §5), which is longer than that of dcb. */
const HEADER = 40;

/**
 * Compresses a new version with and without an old one as dictionary; undefined if no codec accepts
 * them. Lengths are in bytes.
 */
export async function tryDelta(
  content: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer>,
  { codecs, plain, now }: Pick<AutoParts, "codecs" | "plain" | "now">,
) {
  const begun = now();
  const deltaLength = await lengthOfDelta(content, dictionary, codecs);
  if (deltaLength === undefined) return undefined;
  const seconds = Math.max(0, now() - begun);
  const codec = plain.find(({ coding }) => coding === "br") ?? plain[0];
  const coded = codec === undefined ? content : await codec.encode(content, "inline");
  const plainLength = Math.max(1, Math.min(coded.length, content.length));
  return { gain: 1 - deltaLength / plainLength, deltaLength, plainLength, seconds };
}

async function lengthOfDelta(
  content: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer>,
  codecs: readonly DeltaCodec[],
): Promise<number | undefined> {
  for (const codec of codecs) {
    const stream = await codec.encode(content, dictionary, "inline");
    if (stream !== undefined) return stream.length + HEADER;
  }
  return undefined;
}
