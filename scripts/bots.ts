// Describes the bot table, or compares it with a list in the shape of ai.robots.txt:
//   npm run -s bots                              the entries by category, and how they are proven
//   npm run -s bots -- --compare FILE [--json]   the names of the list that the table lacks
// The exit code is 1 if the table lacks a name, and 2 if the list can't be read.
import { readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import type { Bot } from "../src/agent/bots.ts";
import { parseJson } from "../src/http/json.ts";
import { parseBots } from "../src/rules/parse.ts";
import { compareNames, writeComparison } from "./bots/compare.ts";

function isProvable({ ipRanges, reverseDns, signatureAgents }: Bot): boolean {
  return ipRanges.length + reverseDns.length + signatureAgents.length > 0;
}

/** Writes how many bots each category has, and how many of them evidence can prove. */
function describe(bots: readonly Bot[]): string {
  const rows = [...Map.groupBy(bots, ({ category }) => category)].map(([category, own]) => {
    const provable = own.filter(isProvable).length;
    return `${String(own.length).padStart(4)}  ${category}, ${provable} with evidence`;
  });
  const dates = bots.flatMap(({ date = [] }) => date).sort();
  return [`${bots.length} entries, of ${dates[0]} to ${dates.at(-1)}`, ...rows, ""].join("\n");
}

function compare(file: string, bots: readonly Bot[], isJson: boolean): number {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    process.stderr.write(`bots: ${file} can't be read\n`);
    return 2;
  }
  const comparison = compareNames(parseJson(text), bots);
  if (comparison === undefined) {
    process.stderr.write(`bots: ${file} is no list in the shape of ai.robots.txt (robots.json)\n`);
    return 2;
  }
  process.stdout.write(
    isJson ? `${JSON.stringify(comparison, undefined, 2)}\n` : writeComparison(comparison),
  );
  return comparison.unknown.length > 0 ? 1 : 0;
}

const { values } = parseArgs({
  options: { compare: { type: "string" }, json: { type: "boolean", default: false } },
});
const table = parseBots(readFileSync("rules/bots.jsonc", "utf8"));
if (table.kind === "faulty") {
  for (const { line, message } of table.faults) {
    process.stderr.write(`rules/bots.jsonc:${line}: ${message}\n`);
  }
  process.exitCode = 2;
} else if (values.compare === undefined) process.stdout.write(describe(table.value));
else process.exitCode = compare(values.compare, table.value, values.json);
