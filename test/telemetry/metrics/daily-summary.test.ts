import { describe, expect, it } from "vitest";
import { DailySummary, totalsOf } from "../../../src/telemetry/metrics/daily-summary.ts";
import { jsonLog } from "../../../src/telemetry/log.ts";
import { Tally } from "../../../src/telemetry/tally/tally.ts";
import { NOBODY, sampleEvent } from "../../support/sample-event.ts";

const NOON = Date.UTC(2026, 10, 28, 12);
const HOUR = 3_600_000;

const offer = (reason: string, used = false) =>
  sampleEvent({ dictionary: { offered: true, used, advertised: false, reason } });

function summaryOf() {
  const lines: string[] = [];
  const tally = new Tally({ clock: () => NOON });
  const log = jsonLog(
    (line) => void lines.push(line),
    () => NOON,
  );
  return { tally, summary: new DailySummary(() => totalsOf(tally), log, NOON), lines };
}

describe("the summary of a day", () => {
  it("is one line after midnight, with the sums since the last one", () => {
    const { tally, summary, lines } = summaryOf();
    tally.take(sampleEvent({ saved: { markdown: 700, delta: 5 } }));
    tally.take(sampleEvent({ agent: NOBODY }));
    for (const reason of ["too-old", "unknown", "unknown"]) tally.take(offer(reason));
    tally.take(offer("delta", true));
    summary.tick(NOON + 11 * HOUR);
    expect(lines).toEqual([]);
    summary.tick(NOON + 12 * HOUR);
    summary.tick(NOON + 13 * HOUR);
    tally.take(sampleEvent({ saved: { markdown: 1 } }));
    summary.tick(NOON + 36 * HOUR);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        time: "2026-11-28T12:00:00.000Z",
        level: "info",
        event: "daily-summary",
        since: "2026-11-28T12:00:00.000Z",
        requests: 6,
        classes: { "AI Crawler": 5, none: 1 },
        saved: { markdown: 700, delta: 5 },
        dictionaries: { offered: 4, sent: 1, notSent: { unknown: 2, "too-old": 1 } },
      },
      {
        time: "2026-11-28T12:00:00.000Z",
        level: "info",
        event: "daily-summary",
        since: "2026-11-29T00:00:00.000Z",
        requests: 1,
        classes: { "AI Crawler": 1 },
        saved: { markdown: 1 },
        dictionaries: { offered: 0, sent: 0 },
      },
    ]);
  });

  it("is no line without requests, also at the end", () => {
    const { summary, lines } = summaryOf();
    summary.tick(NOON + 12 * HOUR);
    summary.tell(NOON + 13 * HOUR);
    expect(lines).toEqual([]);
  });
});
