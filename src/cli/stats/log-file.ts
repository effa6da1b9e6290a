import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { parseValidBots } from "../../rules/parse.ts";
import { memoryHistory } from "../../store/memory-history.ts";
import { historyReader } from "../../telemetry/history/history.ts";
import type { HistoryRange } from "../../telemetry/history/reports.ts";
import { drainTally } from "../../telemetry/tally/drain.ts";
import { Tally } from "../../telemetry/tally/tally.ts";
import { builtInBots } from "../rules-file.ts";
import { CommandFailure, UsageError } from "../usage.ts";
import type { OpenedStats } from "./command.ts";
import { eventOfLine } from "./log-line.ts";

/** Milliseconds of the periods in which lines are added up. */
const PERIOD = 3_600_000;

/**
 * Reads access logs in JSON lines, perhaps compressed with gzip, as a history. Rejects if a file can't
 * be read, or has no line of a request.
 */
export async function readLogs(
  files: readonly string[],
  range: HistoryRange,
): Promise<OpenedStats> {
  const bots = new Map(parseValidBots(builtInBots())?.map((bot) => [bot.name, bot]));
  const store = memoryHistory();
  let time = 0;
  const drain = (): void => {
    const batch = drainTally(tally);
    if (batch !== undefined) void store.add(batch);
  };
  const tally = new Tally({ clock: () => Math.floor(time / PERIOD) * PERIOD, onMinute: drain });
  let requests = 0;
  let lines = 0;
  for (const file of files) {
    for await (const line of linesOf(file)) {
      lines++;
      const event = eventOfLine(line, (name) => bots.get(name));
      if (event === undefined) continue;
      requests++;
      time = event.time + event.durations.total;
      if (time < range.from * 1000 || time >= range.to * 1000) continue;
      tally.take(event);
      if (requests % DRAIN_AFTER === 0) drain();
    }
  }
  drain();
  if (lines > 0 && requests === 0) {
    throw new UsageError(
      "the log has no line of a request: it must be in JSON lines, from wayleave start --log access",
    );
  }
  return {
    // Days have the most rows of all periods.
    reader: historyReader(
      store,
      () => ({ minute: 0, hour: 0, day: Infinity }),
      () => range.to,
    ),
    close: () => {},
  };
}

/** Requests after which the sums of paths are added to the history. */
const DRAIN_AFTER = 2000;

async function* linesOf(file: string): AsyncGenerator<string> {
  const content = createReadStream(file);
  const isGzip = file.endsWith(".gz");
  const input = isGzip ? pipeline(content, createGunzip(), () => {}) : content;
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`can't read ${file}: ${why}`);
  }
}
