import { MEASURES, type Measure } from "../../store/history.ts";
import type { Log } from "../log.ts";
import { classOf, SAVERS } from "./families.ts";
import type { Tally } from "../tally/tally.ts";

type ByName = Readonly<Record<string, number>>;

/** Numbers of a tally since its start. */
export interface TallyTotals {
  readonly classes: ByName;
  readonly saved: ByName;
  readonly dictionaries: ByName;
  /** Why an offered dictionary was not used. */
  readonly unused: ByName;
}

/** Milliseconds of a day. */
const DAY = 86_400_000;

/** Logs one line with the sums of each day (UTC), and one at the end of the process. */
export class DailySummary {
  readonly #totals: () => TallyTotals;
  readonly #log: Log;
  #before: TallyTotals;
  /** Milliseconds since the epoch. */
  #since: number;

  /** @param now milliseconds since the epoch */
  constructor(totals: () => TallyTotals, log: Log, now: number) {
    this.#totals = totals;
    this.#log = log;
    this.#before = totals();
    this.#since = now;
  }

  /** Logs the line if a day is over; call it about every minute. */
  tick(now: number): void {
    if (Math.floor(now / DAY) !== Math.floor(this.#since / DAY)) this.tell(now);
  }

  /** Logs the sums since the last line; nothing without a request. */
  tell(now: number): void {
    const totals = this.#totals();
    const of = (part: keyof TallyTotals): Record<string, number> =>
      differences(totals[part], this.#before[part]);
    const [classes, saved] = [of("classes"), of("saved")];
    const requests = Object.values(classes).reduce((sum, count) => sum + count, 0);
    const since = new Date(this.#since).toISOString();
    const { offered = 0, used = 0 } = of("dictionaries");
    const notSent = mostFrequent(of("unused"));
    this.#before = totals;
    this.#since = now;
    if (requests === 0) return;
    const dictionaries = { offered, sent: used, notSent };
    this.#log.info("daily-summary", { since, requests, classes, saved, dictionaries });
  }
}

/** The numbers of a tally since its start. */
export function totalsOf(tally: Tally): TallyTotals {
  const classes: Record<string, number> = {};
  const saved: Record<string, number> = Object.fromEntries(SAVERS.map(([by]) => [by, 0]));
  const counts = tally.counts;
  for (const { values, total } of counts.shapes) {
    const numberOf = (measure: Measure): number => total[MEASURES.indexOf(measure)] ?? 0;
    add(classes, classOf(values.category), numberOf("requests"));
    for (const [by, measure] of SAVERS) add(saved, by, numberOf(measure));
  }
  const dictionaries = { ...counts.dictionaries };
  return { classes, saved, dictionaries, unused: Object.fromEntries(counts.unusedDictionaries) };
}

/** The sums of several tallies. */
export function sumOfTotals(all: readonly TallyTotals[]): TallyTotals {
  const sumOf = (part: keyof TallyTotals): ByName => {
    const sums: Record<string, number> = {};
    for (const each of all) {
      for (const [name, count] of Object.entries(each[part])) add(sums, name, count);
    }
    return sums;
  };
  const [classes, saved] = [sumOf("classes"), sumOf("saved")];
  return { classes, saved, dictionaries: sumOf("dictionaries"), unused: sumOf("unused") };
}

/** The most reasons that the line names. */
const MOST_REASONS = 3;

/** The most frequent reasons why an offered dictionary was not used, with their requests. */
export function mostFrequent(unused: ByName): ByName | undefined {
  const ordered = Object.entries(unused).toSorted((a, b) => b[1] - a[1]);
  return ordered.length === 0 ? undefined : Object.fromEntries(ordered.slice(0, MOST_REASONS));
}

function add(sums: Record<string, number>, name: string, by: number): void {
  sums[name] = (sums[name] ?? 0) + by;
}

function differences(now: ByName, before: ByName): Record<string, number> {
  const changed = Object.entries(now).map(
    ([name, count]) => [name, count - (before[name] ?? 0)] as const,
  );
  return Object.fromEntries(changed.filter(([, count]) => count > 0));
}
