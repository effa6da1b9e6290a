import { MEASURES, type Measure } from "../../store/history.ts";
import type { Log } from "../log.ts";
import { classOf, SAVERS } from "./families.ts";
import type { Tally } from "../tally/tally.ts";

type Counts = ReadonlyMap<string, number>;

/** Numbers of a tally since its start. */
interface Totals {
  readonly classes: Counts;
  readonly saved: Counts;
  readonly dictionaries: Counts;
  /** Why an offered dictionary was not used. */
  readonly unused: Counts;
}

/** Milliseconds of a day. */
const DAY = 86_400_000;

/** Logs one line with the sums of each day (UTC), and one at the end of the process. */
export class DailySummary {
  readonly #tally: Tally;
  readonly #log: Log;
  #before: Totals;
  /** Milliseconds since the epoch. */
  #since: number;

  /** @param now milliseconds since the epoch */
  constructor(tally: Tally, log: Log, now: number) {
    this.#tally = tally;
    this.#log = log;
    this.#before = totalsOf(tally);
    this.#since = now;
  }

  /** Logs the line if a day is over; call it about every minute. */
  tick(now: number): void {
    if (Math.floor(now / DAY) !== Math.floor(this.#since / DAY)) this.tell(now);
  }

  /** Logs the sums since the last line; nothing without a request. */
  tell(now: number): void {
    const totals = totalsOf(this.#tally);
    const of = (part: keyof Totals): Record<string, number> =>
      differences(totals[part], this.#before[part]);
    const [classes, saved] = [of("classes"), of("saved")];
    const requests = Object.values(classes).reduce((sum, count) => sum + count, 0);
    const since = new Date(this.#since).toISOString();
    const { offered = 0, used = 0 } = of("dictionaries");
    const [reason, most] = Object.entries(of("unused")).toSorted((a, b) => b[1] - a[1])[0] ?? [];
    const notSent = reason === undefined ? undefined : { reason, requests: most };
    this.#before = totals;
    this.#since = now;
    if (requests === 0) return;
    const dictionaries = { offered, sent: used, notSent };
    this.#log.info("daily-summary", { since, requests, classes, saved, dictionaries });
  }
}

function totalsOf(tally: Tally): Totals {
  const classes = new Map<string, number>();
  const saved = new Map<string, number>(SAVERS.map(([by]) => [by, 0]));
  for (const { values, total } of tally.shapes) {
    const numberOf = (measure: Measure): number => total[MEASURES.indexOf(measure)] ?? 0;
    add(classes, classOf(values.category), numberOf("requests"));
    for (const [by, measure] of SAVERS) add(saved, by, numberOf(measure));
  }
  const dictionaries = new Map(Object.entries(tally.dictionaries));
  return { classes, saved, dictionaries, unused: new Map(tally.unusedDictionaries) };
}

function add(sums: Map<string, number>, name: string, by: number): void {
  sums.set(name, (sums.get(name) ?? 0) + by);
}

function differences(now: Counts, before: Counts): Record<string, number> {
  const changed = [...now].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(changed.filter(([, count]) => count > 0));
}
