import { visible } from "../../rules/fault.ts";
import { beside, COLUMNS, paintWith, wrap } from "../layout.ts";
import { count } from "../remarks.ts";
import type { FileResult, TestResult } from "../../simulate/policy-tests/run.ts";

/** The results of one test file. */
export interface FileReport extends FileResult {
  readonly file: string;
  readonly text: string;
}

export const hasFailed = ({ differences }: TestResult): boolean => differences.length > 0;

/** Formats the results for people: a diff for each failed test, and a summary in one line. */
export function formatResults(files: readonly FileReport[], color: boolean): string {
  const paint = paintWith(color);
  const lines: string[] = [];
  for (const { file, results } of files) {
    for (const result of results.filter(hasFailed)) {
      const title = `${visible(file)}:${result.line}: ${visible(result.name)}`;
      lines.push(...wrap(`FAIL ${title}`, COLUMNS).map(paint.bad));
      let before: string | undefined;
      for (const { at, expected, got, why } of result.differences) {
        lines.push(`  ${visible(at)}`, paint.bad(beside("  -", expected, 4)));
        lines.push(paint.good(beside("  +", got, 4)));
        if (why !== undefined && why !== before) lines.push(beside("", why, 4));
        before = why;
      }
    }
  }
  const all = files.flatMap(({ results }) => results);
  const failed = all.filter(hasFailed).length;
  const where = files.length === 1 ? visible(files[0]?.file ?? "") : count(files.length, "file");
  const summary = `${where}: ${count(all.length, "test")}, ${failed} failed`;
  return `${[...lines, summary].join("\n")}\n`;
}

/** Formats the results for programs. */
export function toJson(files: readonly FileReport[]): string {
  const tests = files.flatMap(({ file, results }) =>
    results.map((result) => {
      const { name, line, differences } = result;
      return { file, line, name, passed: !hasFailed(result), differences };
    }),
  );
  const failed = tests.filter(({ passed }) => !passed).length;
  const faults = files.flatMap(({ file, faults: found }) =>
    found.map((fault) => Object.assign({ file }, fault)),
  );
  const warnings = files.flatMap(({ file, warnings: found }) =>
    found.map((warning) => Object.assign({ file }, warning)),
  );
  const all = { passed: tests.length - failed, failed, tests, faults, warnings };
  return `${JSON.stringify(all, undefined, 2)}\n`;
}
