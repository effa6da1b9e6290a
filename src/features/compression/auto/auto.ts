import { BoundedCache } from "../../../memory/bounded-cache.ts";
import type { DeltaCodec } from "../../../codecs/delta.ts";
import type { PlainCodec } from "../../../codecs/plain/codec.ts";
import type { BlobStore, LedgerStore } from "../../../store/store.ts";
import { DEFAULT_BUDGET, elapsed, HOUR, type AutoBudget } from "./budget.ts";
import { describeGroup, type Description } from "./describe.ts";
import { groupId, groupKey, groupMemory } from "./group-memory.ts";
import { parseGroup, setState } from "./group.ts";
import { countReports } from "./reports.ts";
import { createObserver, type Seen } from "./observe.ts";
import { afterReports } from "./state.ts";
import type { Template } from "./template.ts";
import { createScheduler, type Scheduler } from "../../../timing/scheduler.ts";
import { decideVerdict, type GroupVerdict } from "./verdict.ts";
import { createWitnesses, type NameOfClient, type Publicity } from "./witnesses.ts";

/** Finds out by itself which responses serve as dictionaries for each other. */
export interface AutoDictionaries {
  /**
   * Whether a group is advertised: at once from memory, else after one read of the ledger. A ledger
   * that fails or hangs means "watch".
   *
   * @param scope origin and generation, made by the caller; scopes share no knowledge
   */
  look(scope: string, template: Template): GroupVerdict | Promise<GroupVerdict>;
  /**
   * What a client's request for a content adds to this process's record of the clients that fetched
   * it.
   */
  standing(
    scope: string,
    template: Template,
    hash: string,
    client: NameOfClient,
  ): Promise<Publicity>;
  /**
   * Records the client; returns whether unlike clients have fetched the content, so that it may be
   * used.
   */
  witness(scope: string, template: Template, hash: string, client: NameOfClient): Promise<boolean>;
  /**
   * Sees the whole decoded content of a response that is the same for everyone; remembers it, and
   * tries a delta if that is due. Runs off the request path; never throws.
   *
   * @returns false if it has to be shown again, since others of its group were under way
   */
  see(scope: string, template: Template, seen: Seen): Promise<boolean>;
  /** Counts a delta made for a client, or refused (undefined); stops a group that gains nothing. */
  report(
    scope: string,
    template: Template,
    result: { readonly deltaLength: number | undefined; readonly plainLength: number },
  ): Promise<void>;
  /** All that is known of a template's group; undefined if the ledger fails. */
  describe(scope: string, template: Template): Promise<Description | undefined>;
}

/** The parts from which the automatic mode is made. */
export interface AutoOptions {
  readonly ledger: LedgerStore;
  readonly blobs: BlobStore;
  /** The cheapest first. */
  readonly codecs: readonly DeltaCodec[];
  /** The coding that deltas are compared with: br if present, else the first. */
  readonly plain: readonly PlainCodec[];
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly warn?: (event: string, facts: Readonly<Record<string, unknown>>) => void;
  readonly budget?: Partial<AutoBudget>;
  /** Of the site. @default one of its own */
  readonly scheduler?: Scheduler | undefined;
  /** Milliseconds for which a request waits for the ledger. @default 100 */
  readonly lookPatience?: number;
  /** Milliseconds for which work off the request path waits for a store. @default 10000 */
  readonly patience?: number;
}

/** The most groups that are remembered for content of an excluded size. */
const MOST_ODD_SIZES = 2000;

/** Makes the automatic mode of one process. */
export function createAutoDictionaries(options: AutoOptions): AutoDictionaries {
  const { ledger, now, warn = () => {}, lookPatience = 100, patience = 10_000 } = options;
  const budget = { ...DEFAULT_BUDGET, ...options.budget };
  const { scheduler = createScheduler(now) } = options;
  const memory = groupMemory(ledger, now, warn);
  const observer = createObserver({ ...options, memory, budget, warn, patience, scheduler });
  const witnesses = createWitnesses({ ledger, now, keepFor: budget.keepFor, patience });
  const reports = countReports(now, budget.stopGain);
  const oddSizes = new BoundedCache<{ at: number; reason: "too-small" | "too-large" }>({
    name: "groups",
    max: MOST_ODD_SIZES,
  });
  const none = parseGroup(new Map());

  const decide = (template: Template, key: string, group: typeof none): GroupVerdict => {
    const verdict = decideVerdict(template, group, now(), budget, observer.isTrying(key));
    const odd = oddSizes.get(key);
    return verdict.kind === "watch" && odd !== undefined && elapsed(now(), odd.at) < HOUR
      ? { kind: "watch", reason: odd.reason }
      : verdict;
  };
  const unavailable: GroupVerdict = { kind: "watch", reason: "ledger-unavailable" };

  return {
    look(scope, template) {
      if (template.kind === "none") return decideVerdict(template, none, now(), budget);
      const key = groupKey(scope, template);
      const cached = memory.peek(key);
      if (cached === "failed") return unavailable;
      if (cached !== undefined) return decide(template, key, cached);
      return memory
        .read(key, lookPatience)
        .then((group) => (group === undefined ? unavailable : decide(template, key, group)));
    },

    standing: async (scope, template, hash, client) =>
      witnesses.standing(await groupId(groupKey(scope, template)), hash, client),

    witness: async (scope, template, hash, client) =>
      witnesses.see(await groupId(groupKey(scope, template)), hash, client),

    async see(scope, template, seen) {
      if (template.kind === "none") return true;
      const key = groupKey(scope, template);
      const { length } = seen.content;
      if (length < budget.leastBytes || length > budget.mostBytes) {
        const reason = length < budget.leastBytes ? "too-small" : "too-large";
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
      const tally = reports.add(key, deltaLength, plainLength);
      if (tally === undefined) return;
      // Another process may have stopped it meanwhile.
      const group = await memory.read(key, patience);
      if (group === undefined) return;
      const state = afterReports(group.state, tally, now(), budget);
      if (state !== group.state)
        await memory.change(key, [setState(state, budget.keepFor)], patience);
    },

    async describe(scope, template) {
      const group =
        template.kind === "none" ? none : await memory.read(groupKey(scope, template), patience);
      return group === undefined ? undefined : describeGroup(template, group, now(), budget);
    },
  };
}
