import { MEASURES, type HistoryAddition, type HistoryBatch } from "../../store/history.ts";
import { Sums } from "../../store/memory-history.ts";
import { MOST_ROWS, TABLES, type TableName } from "../history/tables.ts";
import type { RequestShape, ShapeValues } from "./shape.ts";
import type { Tally } from "./tally.ts";

/**
 * The numbers that a tally has counted since the last call, as rows of the history; undefined without
 * any request.
 */
export function drainTally(tally: Tally): HistoryBatch | undefined {
  const tables = new Map<TableName, Sums>();
  const sumsOf = (name: TableName): Sums => {
    let found = tables.get(name);
    if (found === undefined) tables.set(name, (found = new Sums()));
    return found;
  };
  const { counts } = tally;
  for (const shape of counts.shapes) if (shape.isChanged) drainShape(shape, sumsOf);
  if (tables.size === 0) return undefined;
  counts.pathsDrained();
  const durations = sumsOf("durations");
  for (const [kind, each] of counts.durations) {
    for (const [bucket, count] of each.drain()) {
      durations.add(["total", kind, bucket], onlyRequests(count));
    }
  }
  for (const each of counts.originDurations.values()) {
    for (const [bucket, count] of each.drain()) {
      durations.add(["origin", "", bucket], onlyRequests(count));
    }
  }
  for (const [name, sums] of counts.occasions.tables) {
    if (sums.size === 0) continue;
    for (const { key, numbers } of sums.rows()) sumsOf(name).add(key, numbers);
    sums.clear();
  }
  return {
    at: tally.minute,
    tables: [...tables].map(([name, sums]) => ({
      name,
      most: MOST_ROWS[name],
      rows: rowsOf(sums),
    })),
  };
}

function drainShape(shape: RequestShape, sumsOf: (name: TableName) => Sums): void {
  const { values, paths, hosts } = shape;
  const { agent, category, verdict, code, type } = values;
  sumsOf("requests").add(requestKey(values), shape.drain());
  for (const { path, pattern, numbers } of paths.values()) {
    sumsOf("paths").add([path, agent, verdict, code, type], numbers);
    sumsOf("patterns").add([pattern, agent, category, verdict, code], numbers);
  }
  paths.clear();
  for (const [host, numbers] of hosts) sumsOf("hosts").add([host, agent, verdict, code], numbers);
  hosts.clear();
}

function requestKey(values: ShapeValues): string[] {
  return TABLES.requests.map((column) => values[column]);
}

function rowsOf(sums: Sums): HistoryAddition[] {
  return Array.from(sums.rows(), ({ key, numbers }) => [key, numbers] as const);
}

function onlyRequests(count: number): number[] {
  return MEASURES.map((name) => (name === "requests" ? count : 0));
}
