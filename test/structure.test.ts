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
  test("work is given up after a time in one place; a resolver races its caller's signal", () => {
    expect(filesWith(/Promise\.race\(/)).toEqual(["src/agent/dns-node.ts"]);
    expect(filesWith(/export function within</)).toEqual(["src/timing/timeout.ts"]);
  });

  test("a value that may be a promise goes through `andThen`", () => {
    expect(filesWith(/instanceof Promise/)).toEqual(["src/timing/and-then.ts"]);
    expect(filesWith(/\bisPromise\(/)).toEqual(["src/pipeline/guard.ts", "src/timing/and-then.ts"]);
  });

  test("durations of the rules have one schema", () => {
    expect(filesWith(/v\.check\(.*parseDuration/)).toEqual([]);
    expect(filesWith(/parseDuration\([^)]*\) \?\? 0/)).toEqual(["src/timing/duration.ts"]);
  });

  test("no file of the source has more than 300 lines", () => {
    const long = files.filter((file) => textOf(file).split("\n").length > 301);
    expect(long).toEqual([]);
  });
});

describe("one name for one thing", () => {
  test("each exported type has a name of its own", () => {
    const named = new Map<string, string[]>();
    for (const file of files) {
      const types = textOf(file).matchAll(/^export (?:abstract )?(?:interface|type|class) (\w+)/gm);
      for (const [, name = ""] of types) named.set(name, [...(named.get(name) ?? []), file]);
    }
    expect([...named].filter(([, places]) => places.length > 1)).toEqual([]);
  });
});
