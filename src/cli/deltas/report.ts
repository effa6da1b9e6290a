import type { PairOutcome } from "./build.ts";
import type { NewFile } from "./walk.ts";

/** New files without a delta, and patterns for which the rules have no room. */
interface LeftOut {
  readonly unpaired: readonly NewFile[];
  readonly large: readonly NewFile[];
  readonly uncovered: readonly string[];
}

const skipped = (reason: string) => ({ kind: "skipped", reason });

function without(files: readonly NewFile[], reason: string) {
  return files.map(({ path, length }) => ({
    path,
    from: null,
    contentLength: length,
    result: skipped(reason),
  }));
}

/** Formats the outcomes, and all that was left out, as JSON. */
export function deltasJson(
  outcomes: readonly PairOutcome[],
  { unpaired, large, uncovered }: LeftOut,
): string {
  const all = [
    ...outcomes,
    ...without(unpaired, "no-older-version"),
    ...without(large, "too-large"),
    ...uncovered.map((pattern) => ({ pattern, result: skipped("no-room-in-rules") })),
  ];
  return `${JSON.stringify(all, undefined, 2)}\n`;
}

/** Formats the outcomes as a table, with one line for each pair. */
export function deltasTable(outcomes: readonly PairOutcome[]): string {
  const pairs = Map.groupBy(outcomes, ({ path, from }) => JSON.stringify([path, from]));
  const rows = [["bytes", "br 11", "dcb", "dcz", "file", "from"]];
  for (const codings of pairs.values()) {
    const [first] = codings;
    if (first === undefined) continue;
    const size = (coding: string): string => {
      const result = codings.find((each) => each.coding === coding)?.result;
      if (result === undefined) return "-";
      return "delta" in result ? String(result.delta.length) : result.reason;
    };
    const plain = Math.max(...codings.map(({ plainLength }) => plainLength));
    rows.push([
      String(first.contentLength),
      plain === 0 ? "-" : String(plain),
      size("dcb"),
      size("dcz"),
      first.path,
      first.from,
    ]);
  }
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, i) => (i < 4 ? cell.padStart(widths[i] ?? 0) : cell)).join("  "),
  );
  return `${lines.join("\n")}\n${deltasSummary(outcomes)}\n`;
}

function deltasSummary(outcomes: readonly PairOutcome[]): string {
  const count = (kind: string): number =>
    outcomes.filter(({ result }) => result.kind === kind).length;
  return `${count("made")} made, ${count("kept")} there already, ${count("skipped")} skipped`;
}
