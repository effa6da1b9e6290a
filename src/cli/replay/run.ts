import type { RequestEvent } from "../../telemetry/event.ts";
import type { Awaitable } from "../../timing/and-then.ts";
import type { Differences } from "./differences.ts";
import type { LineFormat, LoggedRequest } from "./logged-request.ts";
import { pastRequest } from "./past-request.ts";
import type { ReplayProgress } from "./progress.ts";
import type { LineFault, LogFacts } from "./report.ts";
import type { ReplaySite } from "./site.ts";
import type { Case, ReplayTally } from "./tally.ts";
import type { World } from "./world.ts";

/** The rules that requests run through, and the counts of the results. */
export interface Sides {
  readonly world: World;
  readonly tally: ReplayTally;
  readonly against: { readonly world: World; readonly differences: Differences } | undefined;
}

/** Runs all requests of a log, in their order. */
export async function replayLines(
  format: LineFormat,
  lines: AsyncIterable<readonly string[]>,
  sides: Sides,
  site: ReplaySite,
  progress: ReplayProgress,
): Promise<Omit<LogFacts, "file" | "format">> {
  let [line, requests, refused, faulty] = [0, 0, 0, 0];
  let [from, to] = [Infinity, -Infinity];
  let lacksHost = false;
  let first: LineFault | undefined;
  for await (const several of lines) {
    for (const text of several) {
      line++;
      if (text === "") continue;
      const parsed = format.parse(text);
      if (parsed.kind === "other") continue;
      if (parsed.kind === "fault") {
        faulty++;
        first ??= { line, why: parsed.why };
        continue;
      }
      const { request } = parsed;
      if (request.host === undefined) lacksHost = true;
      if (request.time < from) from = request.time;
      if (request.time > to) to = request.time;
      const running = replayOne(request, line, sides, site);
      if (running === "refused") refused++;
      // Waits only if a decision took time, which is rare.
      else if (running !== undefined) await running;
      requests++;
    }
    progress.at(line);
  }
  const times = requests === 0 ? { from: undefined, to: undefined } : { from, to };
  return {
    lines: line,
    requests,
    refused,
    faults: { count: faulty, first },
    site: lacksHost ? site.text : undefined,
    ...times,
  };
}

function replayOne(
  logged: LoggedRequest,
  line: number,
  { world, tally, against }: Sides,
  site: ReplaySite,
): Awaitable<void> | "refused" {
  const request = pastRequest(logged, site);
  if (request === undefined) return "refused";
  const bytes = logged.bytes ?? 0;
  if (against === undefined) {
    return world.run(request, ({ event }, as) => tally.add(event, as, bytes));
  }
  return compare(request, line, { world, tally, against }, bytes);
}

async function compare(
  request: NonNullable<ReturnType<typeof pastRequest>>,
  line: number,
  { world, tally, against }: Sides & { readonly against: NonNullable<Sides["against"]> },
  bytes: number,
): Promise<void> {
  const before = new Map<Case, RequestEvent>();
  await world.run(request, ({ event }, as) => {
    before.set(as, event);
    tally.add(event, as, bytes);
  });
  await against.world.run(request, ({ event }, as) => {
    const other = before.get(as);
    if (other !== undefined) against.differences.compare(other, event, as, line);
  });
}
