// npm run fuzz [-- SHARE]: all programs of test/fuzz, one after the other, each with its default size
// times SHARE. Exit code 1 if one has found something; the last lines name them.
// npm run fuzz -- NAME [OPTIONS]: one of them, e.g. proxy --cases 1000000 --seed 7
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";

/** The programs: file, the option that says how much, its size for some minutes of work, and flags. */
export const PROGRAMS: readonly (readonly [
  name: string,
  option: string,
  size: number,
  ...flags: string[],
])[] = [
  ["auto", "cases", 100_000],
  ["canonical-parse5", "pages", 60_000],
  ["canonical", "pages", 2000, "--expose-gc"],
  ["cardinality", "requests", 20_000],
  ["connections", "cases", 20_000],
  ["dcb", "cases", 10_000],
  ["dictionaries", "cases", 2000],
  ["disclosure", "cases", 3000],
  ["groups", "cases", 5000],
  ["load", "seconds", 60],
  ["markdown", "documents", 1000],
  ["proxy", "cases", 200_000],
  ["tokenizer", "documents", 100_000],
  ["web-bot-auth", "runs", 10_000],
];

if (import.meta.main) process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  const named = PROGRAMS.find(([name]) => name === args[0]);
  if (named !== undefined) {
    const [name, , , ...flags] = named;
    const command = [...flags, fileOf(name), ...args.slice(1)];
    return spawnSync(process.execPath, command, { stdio: "inherit" }).status ?? 1;
  }
  const share = Number(args[0] ?? "1");
  if (args.length > 1 || !(share > 0)) {
    console.error("usage: npm run fuzz [-- SHARE], e.g. 0.1 or 10; npm run fuzz -- NAME [OPTIONS]");
    return 2;
  }
  const failed = PROGRAMS.filter(([name, option, size, ...flags]) => {
    console.log(`\n# ${name}`);
    const amount = String(Math.max(1, Math.round(size * share)));
    const command = [...flags, fileOf(name), `--${option}`, amount];
    return spawnSync(process.execPath, command, { stdio: "inherit" }).status !== 0;
  }).map(([name]) => name);
  console.log(failed.length === 0 ? "\nnothing found" : `\nfound something: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

function fileOf(name: string): string {
  return join(import.meta.dirname, "..", "test", "fuzz", `${name}.ts`);
}
