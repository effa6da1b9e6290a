import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PROGRAMS } from "../../scripts/fuzz.ts";

test("npm run fuzz runs every program of this folder, with an option that it has", () => {
  const sources = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => [name, readFileSync(`${import.meta.dirname}/${name}`, "utf8")] as const)
    .filter(([, source]) => source.includes("parseArgs({"));
  expect(PROGRAMS.map(([name]) => `${name}.ts`).toSorted()).toEqual(
    sources.map(([name]) => name).toSorted(),
  );
  for (const [name, option, size] of PROGRAMS) {
    const source = sources.find(([file]) => file === `${name}.ts`)?.[1];
    expect(source).toContain(`${option}: { type: "string", default: "${size}" }`);
  }
});
