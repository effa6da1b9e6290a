import type { FeatureParts } from "../../../feature/parts.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { Awaitable } from "../../../pipeline/stage.ts";
import type { RateAnswer, RateClaim, RateStore } from "../../../store/rates.ts";
import { andThen } from "../../../timing/and-then.ts";
import type { QuotaState } from "./fields.ts";
import type { Quota } from "./quotas.ts";
import { enterSlot, type Slot } from "./slots.ts";

/** A quota in which a request is to be counted. */
export interface QuotaClaim {
  readonly quota: Quota;
  /** The client, e.g. "agent:GPTBot". */
  readonly client: string;
  /** The key in the store. */
  readonly key: string;
}

/** The result of counting a request. */
export interface Counted {
  readonly states: readonly QuotaState[];
  /** The quotas that refuse the request; it is then counted in none. */
  readonly exceeded: readonly (QuotaState & { readonly client: string })[];
  /** Whether the store is away, and memory has counted. */
  readonly isInsured: boolean;
  /** Frees the slots. */
  leave(): void;
}

/** Counts requests in the quotas of a rule, all or none. */
export class LimitCounter {
  readonly #rates: RateStore;
  readonly #bindingOf: FeatureParts["rateBinding"];

  constructor(rates: RateStore, bindingOf: FeatureParts["rateBinding"]) {
    this.#rates = rates;
    this.#bindingOf = bindingOf;
  }

  /** Synchronous if the store is, and no quota needs a slot or a binding. */
  count(exchange: Exchange, wanted: readonly QuotaClaim[]): Awaitable<Counted> {
    const isSimple = wanted.every(
      ({ quota }) => quota.unit !== "concurrent" && quota.binding === undefined,
    );
    if (!isSimple) return this.#countAll(exchange, wanted);
    return andThen(this.#rates.take(wanted.map((each) => claimOf(each))), (answer) =>
      countedBy(wanted, answer),
    );
  }

  /** Has the bytes counted and the slots freed at the end of an admitted request's response. */
  countEnd(exchange: Exchange, wanted: readonly QuotaClaim[], counted: Counted): void {
    const bytes = wanted.filter(({ quota }) => quota.unit === "bytes");
    const hasSlots = wanted.some(({ quota }) => quota.unit === "concurrent");
    if (bytes.length === 0 && !hasSlots) return;
    exchange.record?.whenEnded(({ bytesSent = 0 }) => {
      counted.leave();
      if (bytesSent === 0) return;
      const spending = async (): Promise<void> => {
        for (const each of bytes) {
          await this.#rates.spend({ ...claimOf(each), units: bytesSent });
        }
      };
      exchange.background(spending().catch(() => {}));
    });
  }

  /** Slots first, which can be left again; then counts; then bindings, which return nothing. */
  async #countAll(exchange: Exchange, wanted: readonly QuotaClaim[]): Promise<Counted> {
    const slots = new Map<QuotaClaim, Slot>();
    for (const each of wanted) {
      if (each.quota.unit !== "concurrent") continue;
      slots.set(each, await enterSlot(this.#rates, each.key, each.quota.limit, exchange));
    }
    const leave = (): void => {
      for (const slot of slots.values()) slot.leave();
    };
    const hasSlots = [...slots.values()].every(({ answer }) => answer.isTaken);
    const isSlotInsured = [...slots.values()].some(({ answer }) => answer.isInsured === true);
    const counts = wanted.filter((each) => this.#isCounted(each.quota));
    // A request without a slot only asks for the other quotas.
    const claims = counts.map((each) => claimOf(each, hasSlots));
    const { states, isInsured }: RateAnswer =
      claims.length === 0 ? { states: [] } : await this.#rates.take(claims);
    const found = new Map<QuotaClaim, QuotaState["state"]>();
    for (const [i, each] of counts.entries()) found.set(each, states[i]);
    for (const [each, { answer }] of slots) {
      const left = Math.max(0, each.quota.limit - answer.used);
      found.set(each, { isTaken: answer.isTaken, left, resetsIn: 0 });
    }
    const isFree = hasSlots && states.every(({ isTaken }) => isTaken);
    const refused = isFree ? await this.#askBindings(wanted) : [];
    if (refused.length > 0) await this.#giveBack(claims, states);
    const all = wanted.map((each) => ({ ...each, state: found.get(each) }));
    const exceeded = all.filter(
      (each, i) => each.state?.isTaken === false || refused.includes(wanted[i] as QuotaClaim),
    );
    if (exceeded.length > 0) leave();
    return { states: all, exceeded, isInsured: isInsured === true || isSlotInsured, leave };
  }

  #isCounted({ unit, binding }: Quota): boolean {
    return unit !== "concurrent" && (binding === undefined || !this.#bindingOf?.(binding));
  }

  /** The quotas whose binding refuses. */
  async #askBindings(wanted: readonly QuotaClaim[]): Promise<readonly QuotaClaim[]> {
    const refused: QuotaClaim[] = [];
    for (const each of wanted) {
      const { binding: name } = each.quota;
      const binding = name === undefined ? undefined : this.#bindingOf?.(name);
      if (binding === undefined) continue;
      if (!(await binding.limit({ key: each.key })).success) refused.push(each);
    }
    return refused;
  }

  async #giveBack(claims: readonly RateClaim[], states: RateAnswer["states"]): Promise<void> {
    for (const [i, claim] of claims.entries()) {
      const isOfBurst = states[i]?.burst !== undefined;
      const back = { ...claim, units: -claim.units, isOfBurst };
      if (claim.units > 0) await this.#rates.spend(back);
    }
  }
}

/** Bytes are only checked, and counted at the end. @param isTaken whether to count a request */
function claimOf({ quota, key }: QuotaClaim, isTaken = true): RateClaim {
  const { unit, limit, window, burst } = quota;
  return { key, units: unit === "requests" && isTaken ? 1 : 0, limit, window, burst };
}

function countedBy(wanted: readonly QuotaClaim[], { states, isInsured }: RateAnswer): Counted {
  const all = wanted.map(({ quota, client }, i) => ({ quota, client, state: states[i] }));
  const exceeded = all.filter(({ state }) => state?.isTaken === false);
  return { states: all, exceeded, isInsured: isInsured === true, leave: () => {} };
}
