import { BoundedCache } from "../../../memory/bounded-cache.ts";
import type { BlobStore, LedgerStore } from "../../../store/store.ts";
import type { AutoParts, Seen } from "./attempts.ts";
import { DEFAULT_BUDGET, elapsed, HOUR, type AutoBudget } from "./budget.ts";
import { storedCandidates } from "./candidates.ts";
import { groupId, groupKey, GroupMemory } from "./group-memory.ts";
import { setState, type Group } from "./group.ts";
import { countReports } from "./reports.ts";
import { Observer } from "./observe.ts";
import { afterReports } from "./state.ts";
import type { Template } from "./template.ts";
import { decideVerdict, type GroupVerdict } from "./verdict.ts";
import { createWitnesses, type NameOfClient } from "./witnesses.ts";
import { andThen } from "../../../timing/and-then.ts";

/** The options of the automatic mode. */
export interface AutoOptions extends Pick<
  AutoParts,
  "codecs" | "plain" | "now" | "warn" | "scheduler"
> {
  readonly ledger: LedgerStore;
  readonly blobs: BlobStore;
  readonly budget?: Partial<AutoBudget>;
  /** Milliseconds for which a request waits for the ledger. @default 100 */
  readonly lookPatience?: number;
  /** Milliseconds for which background work waits for a store. @default 10000 */
  readonly patience?: number;
}

/** The most groups of which a content with an excluded size is remembered. */
const MOST_ODD_SIZES = 2000;

type OddSize = "too-small" | "too-large";

const UNAVAILABLE: GroupVerdict = { kind: "watch", reason: "ledger-unavailable" };

function oddSizeOf(length: number, { leastBytes, mostBytes }: AutoBudget): OddSize | undefined {
  if (length < leastBytes) return "too-small";
  return length > mostBytes ? "too-large" : undefined;
}

/**
 * The automatic mode of one process: finds responses that serve as dictionaries for each other. The
 * scopes of its methods are origin and generation; scopes share no knowledge.
 */
export class AutoDictionaries {
  readonly #parts: AutoParts;
  readonly #lookPatience: number;
  readonly #observer: Observer;
  readonly #witnesses: ReturnType<typeof createWitnesses>;
  readonly #count: ReturnType<typeof countReports>;
  readonly #oddSizes = new BoundedCache<{ readonly at: number; readonly reason: OddSize }>({
    name: "groups",
    max: MOST_ODD_SIZES,
  });

  constructor(options: AutoOptions) {
    const { ledger, now, patience = 10_000 } = options;
    const budget = { ...DEFAULT_BUDGET, ...options.budget };
    const memory = new GroupMemory({ ...options, patience });
    const candidates = storedCandidates(options, patience);
    this.#parts = { ...options, memory, candidates, budget, patience };
    this.#lookPatience = options.lookPatience ?? 100;
    this.#observer = new Observer(this.#parts);
    this.#witnesses = createWitnesses(ledger, this.#parts);
    this.#count = countReports(now, budget.stopGain);
  }

  /**
   * Whether responses of a group are offered as dictionaries. Reads memory, else the ledger once;
   * if the ledger fails, "watch".
   *
   * @param isExpected whether the client has a dictionary, which another process may have offered
   */
  look(
    scope: string,
    template: Template,
    isExpected = false,
  ): GroupVerdict | Promise<GroupVerdict> {
    if (template.kind === "none") return { kind: "ineligible", reason: template.reason };
    const { memory } = this.#parts;
    const key = groupKey(scope, template);
    const read = () => memory.read(key, this.#lookPatience);
    const known = memory.peek(key);
    const verdict = andThen(known ?? read(), (group) => this.#decide(template, key, group));
    if (!isExpected || known === undefined || known === "failed") return verdict;
    return andThen(verdict, (first): GroupVerdict | Promise<GroupVerdict> => {
      const isOffered = first.kind === "watch" ? first.isLikely === true : true;
      if (isOffered || !memory.mayLookAgain(key)) return first;
      return read().then((group) => this.#decide(template, key, group ?? known));
    });
  }

  /** This process's record of the clients that fetched a content, compared with this client. */
  async standing(scope: string, template: Template, hash: string, client: NameOfClient) {
    return this.#witnesses.standing(await groupId(groupKey(scope, template)), hash, client);
  }

  /** Records a client; returns whether different clients have fetched the content. */
  async witness(scope: string, template: Template, hash: string, client: NameOfClient) {
    return this.#witnesses.see(await groupId(groupKey(scope, template)), hash, client);
  }

  /** Records that a content is no client's secret, since the operator has named its address. */
  async vouch(scope: string, template: Template, hash: string): Promise<void> {
    return this.#witnesses.vouch(await groupId(groupKey(scope, template)), hash);
  }

  /**
   * Records the whole decoded content of a public response, and starts a trial if one is due. Runs
   * in the background; never throws.
   *
   * @returns false if this process was busy with the group: call again for the next response
   */
  async see(scope: string, template: Template, seen: Seen): Promise<boolean> {
    if (template.kind === "none") return true;
    const { budget, now, warn } = this.#parts;
    const key = groupKey(scope, template);
    const reason = oddSizeOf(seen.content.length, budget);
    if (reason !== undefined) {
      this.#oddSizes.set(key, { at: now(), reason });
      return true;
    }
    this.#oddSizes.delete(key);
    try {
      return await this.#observer.see(key, template, seen);
    } catch (error) {
      warn("auto-dictionary-failed", { match: template.match, error: String(error) });
      return true;
    }
  }

  /** Counts a delta for a client, or a refused one (undefined); stops a group without gain. */
  async report(
    scope: string,
    template: Template,
    deltaLength: number | undefined,
    plainLength: number,
  ): Promise<void> {
    if (template.kind === "none") return;
    const { budget, memory, now, warn } = this.#parts;
    const key = groupKey(scope, template);
    const tally = this.#count(key, deltaLength, plainLength);
    // Another process may have stopped the group.
    const group = tally && (await memory.read(key));
    if (tally === undefined || group === undefined) return;
    const state = afterReports(group.state, tally, now(), budget);
    const change = setState(state, budget.keepFor);
    if (state === group.state) return;
    if (state.kind === "stopped") {
      warn("auto-dictionary-off", { group: template.match, why: "gain-gone" });
    }
    await memory.change(key, [change]);
  }

  #decide(template: Template, key: string, group: Group | "failed" | undefined): GroupVerdict {
    if (group === undefined || group === "failed") return UNAVAILABLE;
    const { budget, now } = this.#parts;
    const verdict = decideVerdict(template, group, now(), budget, this.#observer.isTrying(key));
    const odd = verdict.kind === "watch" ? this.#oddSizes.get(key) : undefined;
    const isOdd = odd !== undefined && elapsed(now(), odd.at) < HOUR;
    return isOdd ? { kind: "watch", reason: odd.reason } : verdict;
  }
}
