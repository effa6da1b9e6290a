import type { Awaitable } from "../timing/and-then.ts";

/**
 * Units that a client wants from one quota. A quota is a fixed window: it begins with the first unit
 * of a key, lasts `window` seconds, and holds `limit` units. So in any span of `window` seconds, at
 * most twice the limit is admitted: at the end of one window and at the start of the next.
 */
export interface RateClaim {
  /**
   * Client, tab, and rule with quota, e.g. "agent:GPTBot\tslow down/requests-1m". A store may place
   * all keys of one client together; up to 512 characters.
   */
  readonly key: string;
  /** Whole units; 0 only asks if the quota has any left. */
  readonly units: number;
  /** Units in a window, at most. */
  readonly limit: number;
  /** Whole seconds, at least 1. */
  readonly window: number;
  /** Units beyond the limit, which a client may use once in ten windows. */
  readonly burst: number;
  /**
   * For `spend` with negative units: whether they are returned to the burst, from which they were taken.
   * @default false
   */
  readonly isOfBurst?: boolean;
}

/** The state of a quota after a claim. */
export interface RateState {
  /** Whether this quota has room for the claim; its units are counted only if all quotas have. */
  readonly isTaken: boolean;
  /** Units that are left in the window, without the burst. */
  readonly left: number;
  /** Seconds until the window ends; the whole window if none has begun. */
  readonly resetsIn: number;
  /** The same of the burst, if the claim has one that was read. */
  readonly burst?: { readonly left: number; readonly resetsIn: number } | undefined;
}

/** The answer to several claims. */
export interface RateAnswer {
  /** The state of each claim, in their order. */
  readonly states: readonly RateState[];
  /** Set if the store is away, and the memory of this process has counted instead. */
  readonly isInsured?: true;
}

/** The answer to a request for one of several concurrent slots. */
export interface SlotAnswer {
  readonly isTaken: boolean;
  /** Slots in use, with this one if it is taken. */
  readonly used: number;
  readonly isInsured?: true;
}

/**
 * Counts units of clients in quotas, and the requests that they have in progress. Every operation on
 * one key is one atomic step, for all processes that share the store. Errors beyond that:
 *
 * - If a claim is refused by one quota, its units are returned to the others; a request that is
 *   decided meanwhile may be refused by them.
 * - A clock that is set back prolongs a window, by its length at most; one that is set forward ends
 *   it early, so that each jump admits one limit more. Memory has a clock that never jumps.
 */
export interface RateStore {
  /** Counts all claims or, if a quota has no room for one, none of them. */
  take(claims: readonly RateClaim[]): Awaitable<RateAnswer>;
  /** Counts units of an event that has happened, even beyond the limit. */
  spend(claim: RateClaim): Awaitable<unknown>;
  /**
   * Takes or renews a slot of a key. It is free again after `leave`, or `lease` seconds after the
   * last call, since its process may have crashed.
   *
   * @param slot identifies the request
   */
  enter(key: string, slot: string, limit: number, lease: number): Awaitable<SlotAnswer>;
  /** Frees a slot; a free one is no error. */
  leave(key: string, slot: string): Awaitable<unknown>;
  /** Resolves once it is closed, if it returns a promise. */
  close?(): unknown;
}

/** Creates rates that are opened at their first use. */
export function lazyRates(open: () => Awaitable<RateStore>): RateStore {
  let opened: Promise<RateStore> | undefined;
  const rates = (): Promise<RateStore> => (opened ??= (async () => open())());
  return {
    take: async (claims) => (await rates()).take(claims),
    spend: async (claim) => (await rates()).spend(claim),
    enter: async (key, slot, limit, lease) => (await rates()).enter(key, slot, limit, lease),
    leave: async (key, slot) => (await rates()).leave(key, slot),
    close: async () => (await opened)?.close?.(),
  };
}
