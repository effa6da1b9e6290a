import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const files = globSync("src/**/*.ts", { cwd: ROOT }).map((file) => file.replaceAll("\\", "/"));
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");

function filesWith(pattern: RegExp): string[] {
  return files.filter((file) => pattern.test(textOf(file))).toSorted();
}

describe("one mechanism, once", () => {
  test("work races a timer in one place; a resolver races its caller's signal", () => {
    expect(filesWith(/Promise\.race\(/)).toEqual([
      "src/agent/dns-node.ts",
      "src/timing/timeout.ts",
    ]);
  });

  test("no file of the source has more than 300 lines", () => {
    const long = files.filter((file) => textOf(file).split("\n").length > 301);
    expect(long).toEqual([]);
  });
});
