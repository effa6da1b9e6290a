import type { RateState } from "../../../store/rates.ts";
import type { Quota } from "./quotas.ts";

/** A quota with its state; a binding has none. */
export interface QuotaState {
  readonly quota: Quota;
  readonly state: RateState | undefined;
}

type FieldLine = readonly [name: string, value: string];

/** The unit of a quota (draft-ietf-httpapi-ratelimit-headers-11 §3.1); requests are the default. */
const UNITS: Readonly<Record<Quota["unit"], string>> = {
  requests: "",
  bytes: ';qu="content-bytes"',
  concurrent: ';qu="concurrent-requests"',
};

/** The limits of a policy, as a List of Strings (RFC 9651 §3.1, §3.3.3). */
export function policyField(quotas: readonly Quota[]): FieldLine {
  const items = quotas.flatMap(({ name, unit, limit, window, burst }) => {
    const per = window > 0 ? `;w=${window}` : "";
    const main = `"${name}";q=${limit}${UNITS[unit]}${per}`;
    if (burst === 0) return [main];
    return [main, `"${name}-burst";q=${burst}${UNITS[unit]};w=${10 * window}`];
  });
  return ["ratelimit-policy", items.join(", ")];
}

/** The units that are left, and the seconds until there are more; undefined if nothing is known. */
export function stateField(states: readonly QuotaState[]): FieldLine | undefined {
  const items = states.flatMap(({ quota, state }) => {
    if (state === undefined) return [];
    const { name, window, burst } = quota;
    const reset = window > 0 ? `;t=${wholeSeconds(state.resetsIn)}` : "";
    const main = `"${name}";r=${state.left}${reset}`;
    if (burst === 0 || state.burst === undefined) return [main];
    const { left, resetsIn } = state.burst;
    return [main, `"${name}-burst";r=${left};t=${wholeSeconds(resetsIn)}`];
  });
  return items.length === 0 ? undefined : ["ratelimit", items.join(", ")];
}

/** Seconds after which a client may ask again if a slot was missing. */
const SLOT_PAUSE = 5;

/**
 * Seconds until none of the exceeded quotas refuses: with Retry-After, no `t` of a field may be later,
 * so the fields of a refusal have these quotas only.
 */
export function retryAfter(exceeded: readonly QuotaState[]): number {
  const waits = exceeded.map(({ quota, state }) => {
    if (quota.unit === "concurrent") return SLOT_PAUSE;
    if (state === undefined) return quota.window;
    return Math.max(wholeSeconds(state.resetsIn), wholeSeconds(state.burst?.resetsIn ?? 0));
  });
  return Math.max(1, ...waits);
}

/** Rounded up: a client that comes at that time finds a new window. */
function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}
