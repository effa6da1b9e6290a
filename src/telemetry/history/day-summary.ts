import { STEPS } from "../../store/history.ts";
import type { Log } from "../log.ts";
import { mostFrequent } from "../metrics/daily-summary.ts";
import { classOf, SAVERS } from "../metrics/families.ts";
import type { HistoryReader } from "./history.ts";

/** Seconds of the day (UTC) in which a timer logs the sums of the day before. */
const FIRST_HOUR = STEPS.hour;

/**
 * Logs the sums of the day before, for a runtime whose processes do not last: call it at each run of a
 * timer that runs once in the first hour of a day. Never rejects.
 *
 * @param now seconds since the epoch, at which the timer was due
 */
export async function logDayBefore(reader: HistoryReader, log: Log, now: number): Promise<void> {
  const today = Math.floor(now / STEPS.day) * STEPS.day;
  if (now - today >= FIRST_HOUR) return;
  try {
    const facts = await summaryOf(reader, today - STEPS.day);
    if (facts.requests > 0) log.info("daily-summary", facts);
  } catch (error) {
    log.warn("figures-failed", { error: error instanceof Error ? error.message : "unknown" });
  }
}

async function summaryOf(reader: HistoryReader, day: number) {
  const range = { from: day, to: day + STEPS.day - 1 };
  const measures = ["requests", ...SAVERS.map(([, measure]) => measure)] as const;
  const [byCategory, byOutcome] = await Promise.all([
    reader.read({ table: "requests", by: ["category"], measures, ...range }),
    reader.read({
      table: "dictionaries",
      by: ["outcome", "reason"],
      measures: ["requests"],
      ...range,
    }),
  ]);
  const of = (outcome: string): number =>
    sum(byOutcome.filter(({ key }) => key.outcome === outcome).map(({ requests }) => requests));
  const saved = SAVERS.map(([by, measure]) => [by, sum(byCategory.map((row) => row[measure]))]);
  const sent = of("used");
  const unused = byOutcome.filter(({ key }) => key.outcome === "not-used");
  const reasons = unused.map(({ key, requests }) => [key.reason, Math.round(requests)]);
  const notSent = mostFrequent(Object.fromEntries(reasons));
  return {
    since: new Date(day * 1000).toISOString(),
    requests: sum(byCategory.map(({ requests }) => requests)),
    classes: Object.fromEntries(
      byCategory.map(({ key, requests }) => [classOf(key.category), Math.round(requests)]),
    ),
    saved: Object.fromEntries(saved.filter(([, bytes]) => Number(bytes) > 0)),
    dictionaries: { offered: sent + of("not-used"), sent, notSent },
  };
}

function sum(numbers: readonly number[]): number {
  return Math.round(numbers.reduce((total, each) => total + each, 0));
}
