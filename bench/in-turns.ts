// CPU time of one server as a ratio to another's, in pairs: what disturbs one disturbs the other too.
import { setTimeout as wait } from "node:timers/promises";
import {
  cpuMicroseconds,
  cpuParts,
  LOAD_CORE,
  median,
  requestsOf,
  type Load,
  type Servers,
} from "./load.ts";

/** A server, and the requests to it. */
export interface Subject extends Load {
  readonly pid: number;
}

/** Microseconds of a request. */
interface Cost {
  readonly user: number;
  readonly system: number;
}

/** Medians of the ratios of all pairs. */
export interface Ratio {
  readonly median: number;
  /** A half of all pairs lies between them. */
  readonly quartiles: readonly [number, number];
  /** Of user time, and of system time, alone. */
  readonly user: number;
  readonly system: number;
}

export interface Turns {
  /** Pairs, besides those that warm up. */
  readonly rounds: number;
  /** Pairs before them, in which code is compiled. @default 3 */
  readonly warmUp?: number | undefined;
  /** Whole seconds of load on each server in each pair. */
  readonly seconds: number;
  /** Milliseconds before each turn, for work that a server does after its requests. @default 0 */
  readonly rest?: number;
}

/** The first two pairs took up to three times the later ones' time. */
const WARM_UP = 3;

/**
 * Measures a server against a floor. The order within the pairs alternates, so that a trend of the machine
 * cancels out.
 */
export async function inTurns(floor: Subject, subject: Subject, turns: Turns): Promise<Ratio> {
  const pairs: (readonly [Cost, Cost])[] = [];
  for (let round = 1 - (turns.warmUp ?? WARM_UP); round <= turns.rounds; round++) {
    const first = round % 2 === 0 ? floor : subject;
    const second = first === floor ? subject : floor;
    const costs = [await costOf(first, turns), await costOf(second, turns)];
    if (round <= 0) continue;
    const [a, b] = (first === floor ? costs : costs.toReversed()) as [Cost, Cost];
    pairs.push([a, b]);
  }
  const by = (part: (cost: Cost) => number): number[] =>
    pairs.map(([a, b]) => part(b) / part(a)).toSorted((a, b) => a - b);
  const all = by(({ user, system }) => user + system);
  const quarter = Math.floor(all.length / 4);
  return {
    median: median(all),
    quartiles: [all[quarter] ?? Number.NaN, all[all.length - 1 - quarter] ?? Number.NaN],
    user: median(by(({ user }) => user)),
    system: median(by(({ system }) => system)),
  };
}

/** A ratio as a cell of a table, e.g. "1.25 (1.22–1.29)". */
export function cell({ median, quartiles: [low, high] }: Ratio): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

/**
 * Computes on the load's core when nothing else wants it. A core that sleeps has to be woken by whoever
 * writes to a process on it, which would count as the cost of the proxy.
 */
export function keepAwake(servers: Servers): void {
  servers.start(LOAD_CORE, ["chrt", "-i", "0", process.execPath, "-e", "for (;;);"]);
}

async function costOf(subject: Subject, { seconds, rest = 0 }: Turns): Promise<Cost> {
  const { pid } = subject;
  await wait(rest);
  const [before, since] = [cpuParts(pid), cpuMicroseconds(pid)];
  const requests = await requestsOf(subject, String(seconds));
  const [after, now] = [cpuParts(pid), cpuMicroseconds(pid)];
  const [user, system] = [after.user - before.user, after.system - before.system];
  const total = (now - since) / requests;
  // The kernel tells the sum exactly, and its parts in hundredths of a second (proc(5)).
  const share = user / Math.max(1, user + system);
  return { user: total * share, system: total * (1 - share) };
}
