import process from "node:process";
import type { RulesState } from "../../admin/health.ts";
import type { Platform } from "../../platform.ts";
import type { IpRangeListState } from "../../agent/ip-range-list.ts";
import { processMemory } from "../../memory/budget.ts";
import type { TelemetrySettings } from "../../rules/telemetry-schema.ts";
import type { HistoryStore } from "../../store/history.ts";
import type { EventSink } from "../../telemetry/event.ts";
import { historyReader, retentionOf, type HistoryReader } from "../../telemetry/history/history.ts";
import { HistoryWriter } from "../../telemetry/history/writer.ts";
import { requestFamilies, type Family } from "../../telemetry/metrics/families.ts";
import { processFamilies } from "../../telemetry/metrics/process.ts";
import { familiesOf, valuesOf, type MetricValues } from "../../telemetry/metrics/several.ts";
import { DailySummary, totalsOf, type TallyTotals } from "../../telemetry/metrics/daily-summary.ts";
import type { ClusterMember } from "./cluster/member.ts";
import type { Log } from "../../telemetry/log.ts";
import { drainTally } from "../../telemetry/tally/drain.ts";
import { Tally } from "../../telemetry/tally/tally.ts";
import { secondsOf } from "../../timing/duration.ts";

interface NodeTelemetryOptions {
  /** Gets a line with the sums of each day. */
  readonly log: Log;
  readonly settings: TelemetrySettings;
  /** Opens the store of the history, at its first use. */
  readonly openHistory: () => HistoryStore;
  /** Warnings of the log since the start, by their names. */
  readonly warnings: ReadonlyMap<string, number>;
  readonly rules: () => RulesState;
  readonly lists: () => readonly IpRangeListState[];
  /** The numbers that other sinks have dropped since the start, by the sink. @default none */
  readonly droppedBy?: Readonly<Record<string, () => number>> | undefined;
  /** The other processes that serve, which also sum up the days. @default none */
  readonly member?: Pick<ClusterMember, "metrics" | "last"> | undefined;
}

/** Metrics and history of a process on Node. */
export interface NodeTelemetry {
  readonly sink: EventSink;
  /** The parts that our own endpoints read: metrics, figures for the dashboard, dropped requests. */
  readonly platform: {
    readonly [Part in "metrics" | "figures" | "describeTelemetry"]: NonNullable<Platform[Part]>;
  };
  /** Puts the settings of other rules in force. */
  configure(settings: TelemetrySettings): void;
  /** Stores the counts. */
  close(): Promise<void>;
}

/** Counts requests once, for the metrics and for the history. */
export function nodeTelemetry(options: NodeTelemetryOptions): NodeTelemetry {
  let { settings } = options;
  let history: OpenHistory | undefined;
  let droppedByHistory = 0;
  const dropped = (): Readonly<Record<string, number>> =>
    Object.fromEntries(
      Object.entries({ history: () => droppedByHistory, ...options.droppedBy }).map(
        ([sink, count]) => [sink, count()] as const,
      ),
    );
  const clock = Date.now;
  const tally = new Tally({
    clock,
    details: () => settings.history !== false,
    onMinute: () => history?.writer.endMinute(),
  });
  const retention = () => retentionOf(settings.history === false ? 0 : secondsOf(settings.history));
  const configure = (next: TelemetrySettings): void => {
    settings = next;
    if (next.history === false || history !== undefined) return;
    const store = options.openHistory();
    const writer = new HistoryWriter({
      store,
      drain: () => drainTally(tally),
      // Stored counts stay until the rules state for how long.
      retention: () => (settings.history === false ? undefined : retention()),
      clock,
      onDropped: (requests) => (droppedByHistory += requests),
    });
    history = { store, writer, reader: historyReader(store, retention, () => clock() / 1000) };
  };
  configure(settings);
  const { member } = options;
  const families = familiesIn(tally, dropped, options);
  const figures = () => ({ metrics: valuesOf(families), totals: totalsOf(tally) });
  const endSummary =
    member === undefined ? startSummary(() => totalsOf(tally), options.log, clock) : undefined;
  return {
    sink: tally,
    platform: {
      metrics: metricsText(families, member?.metrics(figures)),
      figures: () => history && { reader: history.reader, retention: retention().day },
      describeTelemetry: () => ({ dropped: dropped() }),
    },
    configure,
    close: async () => {
      endSummary?.();
      await member?.last(figures());
      await history?.writer.close();
      await history?.store.close?.();
    },
  };
}

function familiesIn(
  tally: Tally,
  dropped: () => Readonly<Record<string, number>>,
  { rules, lists, warnings }: NodeTelemetryOptions,
): Family[] {
  return [
    ...requestFamilies(tally),
    ...processFamilies({
      rules,
      lists,
      warnings,
      dropped,
      memory: processMemory,
      cpu: cpuSeconds,
      resident: () => process.memoryUsage.rss(),
    }),
  ];
}

/** Writes metrics, those of several processes if there are any. Loads the library at its first use. */
function metricsText(
  own: readonly Family[],
  ofAll: (() => Promise<readonly MetricValues[]>) | undefined,
): () => Promise<string> {
  let text: (() => Promise<string>) | undefined;
  return async () => {
    const { prometheusText } = await import("../../telemetry/metrics/render.ts");
    if (ofAll !== undefined) return prometheusText(familiesOf(await ofAll()))();
    text ??= prometheusText(own);
    return text();
  };
}

/** Milliseconds between two looks at the clock for the summary of a day. */
const SUMMARY_INTERVAL = 60_000;

/** Logs the sums of each day; the function that it returns logs the last ones. */
export function startSummary(totals: () => TallyTotals, log: Log, clock: () => number): () => void {
  const summary = new DailySummary(totals, log, clock());
  const timer = setInterval(() => summary.tick(clock()), SUMMARY_INTERVAL).unref();
  return () => {
    clearInterval(timer);
    summary.tell(clock());
  };
}

export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

interface OpenHistory {
  readonly store: HistoryStore;
  readonly writer: HistoryWriter;
  readonly reader: HistoryReader;
}
