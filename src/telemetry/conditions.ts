import type { Log } from "./log.ts";

/** A part that fails at times, and the events of the log at which that begins and ends. */
const PARTS = {
  store: { begins: ["store-down", "store-failing"], ends: ["store-up", "store-works"] },
  ledger: { begins: ["ledger-down"], ends: ["ledger-up"] },
  rates: { begins: ["rates-failing"], ends: ["rates-work"] },
} as const;

type Part = keyof typeof PARTS;

/** The state of a part: by which events of the log it fails now. */
export interface PartState {
  readonly works: boolean;
  /** Since when it fails, in UTC. */
  readonly since?: string;
  readonly event?: string;
}

/** The parts that fail now, as the log has reported. */
export interface Conditions {
  /** The log, whose events pass unchanged. */
  readonly log: Log;
  describe(): Readonly<Record<Part, PartState>>;
}

/** Watches a log for the events by which parts begin to fail and work again. @param now seconds since the epoch */
export function watchConditions(log: Log, now: () => number): Conditions {
  const failing = new Map<string, number>();
  const note = (event: string): void => {
    for (const { begins, ends } of Object.values<Events>(PARTS)) {
      if (begins.includes(event)) failing.set(event, failing.get(event) ?? now());
      const ended = ends.indexOf(event);
      // The nth event of one list ends the condition that the nth of the other began.
      if (ended !== -1) failing.delete(begins[ended] ?? "");
    }
  };
  const stateOf = ({ begins }: Events): PartState => {
    const first = begins.find((event) => failing.has(event));
    if (first === undefined) return { works: true };
    const since = new Date((failing.get(first) ?? 0) * 1000).toISOString();
    return { works: false, since, event: first };
  };
  return {
    log: {
      warn: (event, facts) => {
        note(event);
        log.warn(event, facts);
      },
      info: (event, facts) => {
        note(event);
        log.info(event, facts);
      },
    },
    describe: () => ({
      store: stateOf(PARTS.store),
      ledger: stateOf(PARTS.ledger),
      rates: stateOf(PARTS.rates),
    }),
  };
}

interface Events {
  readonly begins: readonly string[];
  readonly ends: readonly string[];
}
