import { andThen, type Awaitable } from "../timing/and-then.ts";
import type { RateClaim, RateState, RateStore } from "./rates.ts";

/** A change of the counter of one key. */
export interface Addition {
  readonly key: string;
  /** 0 only reads; a negative number returns units to an open window. */
  readonly units: number;
  /** Units in a window, at most. */
  readonly limit: number;
  /** Seconds. */
  readonly window: number;
  /** Whether the units are counted even beyond the limit. @default false */
  readonly isSpent?: boolean;
}

/** Units that a counter holds, at most. */
export const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** The result of an addition. */
export interface Added {
  /** Whether the window has room for the units (for 0 units: for at least one). */
  readonly fits: boolean;
  /** Units in the window, with those of this addition if they fit. */
  readonly used: number;
  /** Seconds until the window ends. */
  readonly resetsIn: number;
}

/** Counters with one atomic operation. */
export interface RateCounters {
  add(addition: Addition): Awaitable<Added>;
}

/** The window of a key; times in seconds. */
export interface Counter {
  readonly used: number;
  readonly ends: number;
}

/** Decides an addition; `next` is set if the counter changes. */
export function decideAddition(
  counter: Counter | undefined,
  { units, limit, window, isSpent = false }: Omit<Addition, "key">,
  now: number,
): { readonly added: Added; readonly next?: Counter } {
  const isOpen = counter !== undefined && counter.ends > now;
  // If the clock was set back, the window ends after its length.
  const ends = isOpen ? Math.min(counter.ends, now + window) : now + window;
  const used = isOpen ? counter.used : 0;
  const resetsIn = ends - now;
  const fits = isSpent || (units === 0 ? used < limit : used + units <= limit);
  if (!fits || units === 0 || (units < 0 && !isOpen)) {
    const added = { fits, used, resetsIn };
    return isOpen && ends !== counter.ends ? { added, next: { used, ends } } : { added };
  }
  const next = { used: Math.min(Math.max(0, used + units), NO_LIMIT), ends };
  return { added: { fits, used: next.used, resetsIn }, next };
}

/** The part of a rate store that counts units, on counters of single keys. */
export function countingRates(counters: RateCounters): Pick<RateStore, "take" | "spend"> {
  const add = (addition: Addition): Awaitable<Added> => counters.add(addition);
  return {
    take: (claims) => run(taking(claims), add),
    spend: (claim) => run(spending(claim), add),
  };
}

/** Windows of the limit in one window of the burst. */
const BURST_WINDOWS = 10;
/** Seconds before the end of a window within which units are not returned: it may end first. */
const CLOSING = 1;

type Steps<T> = Generator<Addition, T, Added>;

function* taking(claims: readonly RateClaim[]): Steps<{ readonly states: readonly RateState[] }> {
  const states: RateState[] = [];
  const counted: Addition[] = [];
  for (const claim of claims) {
    const addition = additionOf(claim);
    const main = yield addition;
    const inBurst = main.fits || claim.burst === 0 ? undefined : burstOf(claim);
    const burst = inBurst && (yield inBurst);
    if (claim.units > 0 && main.fits && main.resetsIn > CLOSING) counted.push(addition);
    if (claim.units > 0 && inBurst && burst?.fits && burst.resetsIn > CLOSING)
      counted.push(inBurst);
    states.push(stateOf(claim, main, burst));
  }
  if (states.every(({ isTaken }) => isTaken)) return { states };
  for (const addition of counted) yield { ...addition, units: -addition.units };
  return { states };
}

function* spending(claim: RateClaim): Steps<void> {
  const addition = additionOf(claim);
  // Units are returned to the counter from which they were taken.
  if (claim.units < 0) {
    yield { ...(claim.isOfBurst === true ? burstOf(claim) : addition), isSpent: true };
    return;
  }
  if (claim.burst > 0) {
    const { fits } = yield { ...addition, units: 0 };
    if (!fits) {
      yield { ...burstOf(claim), isSpent: true };
      return;
    }
  }
  yield { ...addition, isSpent: true };
}

function additionOf({ key, units, limit, window }: RateClaim): Addition {
  return { key, units, limit, window };
}

function burstOf({ key, units, burst, window }: RateClaim): Addition {
  return { key: `${key}+`, units, limit: burst, window: BURST_WINDOWS * window };
}

function stateOf({ limit, burst: more }: RateClaim, main: Added, burst?: Added): RateState {
  return {
    isTaken: main.fits || burst?.fits === true,
    left: Math.max(0, limit - main.used),
    resetsIn: main.resetsIn,
    burst: burst && { left: Math.max(0, more - burst.used), resetsIn: burst.resetsIn },
  };
}

/** Carries out the steps: synchronously, as long as the counters answer so. */
function run<T>(
  steps: Steps<T>,
  add: (addition: Addition) => Awaitable<Added>,
  step = steps.next(),
): Awaitable<T> {
  if (step.done === true) return step.value;
  return andThen(add(step.value), (added): Awaitable<T> => run(steps, add, steps.next(added)));
}
