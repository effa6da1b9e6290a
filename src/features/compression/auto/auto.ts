import { BoundedCache } from "../../../memory/bounded-cache.ts";
import type { DeltaCodec } from "../../../codecs/delta.ts";
import type { PlainCodec } from "../../../codecs/plain/codec.ts";
import type { BlobStore, LedgerStore } from "../../../store/store.ts";
import { DEFAULT_BUDGET, elapsed, HOUR, type AutoBudget } from "./budget.ts";
import { describeGroup, type Description } from "./describe.ts";
import { groupId, groupKey, groupMemory } from "./group-memory.ts";
import { parseGroup, setState, type Group } from "./group.ts";
import { countReports } from "./reports.ts";
import { Observer, type Seen } from "./observe.ts";
import { afterReports } from "./state.ts";
import type { Template } from "./template.ts";
import { createScheduler, type Scheduler } from "../../../timing/scheduler.ts";
import { decideVerdict, type GroupVerdict } from "./verdict.ts";
import { createWitnesses, type NameOfClient, type Publicity } from "./witnesses.ts";

/** The automatic mode: finds responses that serve as dictionaries for each other. */
export interface AutoDictionaries {
  /**
   * Whether responses of a group are offered as dictionaries. Reads memory, else the ledger once; if the ledger fails, "watch".
   *
   * @param scope origin and generation; scopes share no knowledge
   */
  look(scope: string, template: Template): GroupVerdict | Promise<GroupVerdict>;
  /** This process's record of the clients that fetched a content, compared with this client. */
  standing(
    scope: string,
    template: Template,
    hash: string,
    client: NameOfClient,
  ): Promise<Publicity>;
  /** Records a client; returns whether different clients have fetched the content, so that it may be a dictionary. */
  witness(scope: string, template: Template, hash: string, client: NameOfClient): Promise<boolean>;
  /**
   * Records the whole decoded content of a public response, and starts a trial if one is due. Runs in the background; never throws.
   *
   * @returns false if this process was busy with the group: call again for the next response
   */
  see(scope: string, template: Template, seen: Seen): Promise<boolean>;
  /** Counts a delta that was made for a client, or refused (undefined); stops a group without gain. */
  report(
    scope: string,
    template: Template,
    result: { readonly deltaLength: number | undefined; readonly plainLength: number },
  ): Promise<void>;
  /** Describes a template's group; undefined if the ledger fails. */
  describe(scope: string, template: Template): Promise<Description | undefined>;
}

/** The parts of the automatic mode. */
export interface AutoOptions {
  readonly ledger: LedgerStore;
  readonly blobs: BlobStore;
  /** Cheapest first. */
  readonly codecs: readonly DeltaCodec[];
  /** Deltas are compared with br if it is present, else with the first. */
  readonly plain: readonly PlainCodec[];
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly warn?: (event: string, facts: Readonly<Record<string, unknown>>) => void;
  readonly budget?: Partial<AutoBudget>;
  /** The site's scheduler. @default one of its own */
  readonly scheduler?: Scheduler | undefined;
  /** Milliseconds for which a request waits for the ledger. @default 100 */
  readonly lookPatience?: number;
  /** Milliseconds for which background work waits for a store. @default 10000 */
  readonly patience?: number;
}

/** The most groups of which a content with an excluded size is remembered. */
const MOST_ODD_SIZES = 2000;

interface OddSize {
  readonly at: number;
  readonly reason: "too-small" | "too-large";
}

const NONE = parseGroup(new Map());
const UNAVAILABLE: GroupVerdict = { kind: "watch", reason: "ledger-unavailable" };

function orOddSize(verdict: GroupVerdict, odd: OddSize | undefined, now: number): GroupVerdict {
  return verdict.kind === "watch" && odd !== undefined && elapsed(now, odd.at) < HOUR
    ? { kind: "watch", reason: odd.reason }
    : verdict;
}

function oddityOf(
  length: number,
  { leastBytes, mostBytes }: AutoBudget,
): OddSize["reason"] | undefined {
  if (length < leastBytes) return "too-small";
  return length > mostBytes ? "too-large" : undefined;
}

/** Creates the automatic mode of one process. */
export function createAutoDictionaries(options: AutoOptions): AutoDictionaries {
  const { ledger, now, warn = () => {}, lookPatience = 100, patience = 10_000 } = options;
  const budget = { ...DEFAULT_BUDGET, ...options.budget };
  const { scheduler = createScheduler(now) } = options;
  const memory = groupMemory(ledger, now, warn);
  const observer = new Observer({ ...options, memory, budget, warn, patience, scheduler });
  const witnesses = createWitnesses({ ledger, now, keepFor: budget.keepFor, patience });
  const count = countReports(now, budget.stopGain);
  const oddSizes = new BoundedCache<OddSize>({ name: "groups", max: MOST_ODD_SIZES });
  const decide = (template: Template, key: string, group: Group): GroupVerdict => {
    const verdict = decideVerdict(template, group, now(), budget, observer.isTrying(key));
    return orOddSize(verdict, oddSizes.get(key), now());
  };

  return {
    look(scope, template) {
      if (template.kind === "none") return decideVerdict(template, NONE, now(), budget);
      const key = groupKey(scope, template);
      const known = memory.peek(key);
      const told = (group?: Group): GroupVerdict =>
        group === undefined ? UNAVAILABLE : decide(template, key, group);
      if (known === undefined) return memory.read(key, lookPatience).then(told);
      return told(known === "failed" ? undefined : known);
    },

    standing: async (scope, template, hash, client) =>
      witnesses.standing(await groupId(groupKey(scope, template)), hash, client),

    witness: async (scope, template, hash, client) =>
      witnesses.see(await groupId(groupKey(scope, template)), hash, client),

    async see(scope, template, seen) {
      if (template.kind === "none") return true;
      const key = groupKey(scope, template);
      const reason = oddityOf(seen.content.length, budget);
      if (reason !== undefined) {
        oddSizes.set(key, { at: now(), reason });
        return true;
      }
      oddSizes.delete(key);
      try {
        return await observer.see(key, template, seen);
      } catch (error) {
        warn("auto-dictionary-failed", { match: template.match, error: String(error) });
        return true;
      }
    },

    async report(scope, template, { deltaLength, plainLength }) {
      if (template.kind === "none") return;
      const key = groupKey(scope, template);
      const tally = count(key, deltaLength, plainLength);
      // Another process may have stopped the group.
      const group = tally && (await memory.read(key, patience));
      if (tally === undefined || group === undefined) return;
      const state = afterReports(group.state, tally, now(), budget);
      const change = setState(state, budget.keepFor);
      if (state !== group.state) await memory.change(key, [change], patience);
    },

    async describe(scope, template) {
      const group =
        template.kind === "none" ? NONE : await memory.read(groupKey(scope, template), patience);
      return group === undefined ? undefined : describeGroup(template, group, now(), budget);
    },
  };
}
