import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import * as v from "valibot";
import { afterAll, describe, expect, test } from "vitest";
import { compareNames } from "../../scripts/bots/compare.ts";
import { botSchema } from "../../src/agent/bots.ts";

const BOTS = [
  v.parse(botSchema, {
    name: "Example Bot",
    tokens: ["ExampleBot", "ExampleBot-Image"],
    operator: "E",
    category: "AI Crawler",
  }),
  v.parse(botSchema, {
    name: "Example-Extended",
    operator: "E",
    category: "AI Crawler",
    robotsOnly: true,
  }),
];

test("a name is known by an entry's name or token, in any case and with a version", () => {
  const names = [
    "EXAMPLEBOT",
    "ExampleBot/1.0",
    "ExampleBot-Image",
    "example-extended",
    "ExampleBots",
  ];
  const list = Object.fromEntries(names.map((name) => [name, {}]));
  const comparison = compareNames(list, BOTS);
  expect(comparison?.known.map(({ name, bot }) => `${name}: ${bot}`)).toEqual([
    "EXAMPLEBOT: Example Bot",
    "ExampleBot/1.0: Example Bot",
    "ExampleBot-Image: Example Bot",
    "example-extended: Example-Extended",
  ]);
  expect(comparison?.unknown).toEqual([{ name: "ExampleBots", operator: "", function: "" }]);
});

test("an unknown name comes with its operator and purpose, in one plain line", () => {
  const about = { operator: "[New](https://new.example) Inc.\n", function: "Trains\u0007 models." };
  expect(compareNames({ NewBot: about, Code: {} }, BOTS)).toEqual({
    known: [],
    leftOut: [{ name: "Code", why: expect.stringContaining("editor") as string }],
    unknown: [{ name: "NewBot", operator: "New Inc.", function: "Trains models." }],
  });
});

test.each([[[]], [null], ["x"], [{ a: 1 }], [undefined]])("%j has another shape", (list) => {
  expect(compareNames(list, BOTS)).toBeUndefined();
});

describe("npm run bots", () => {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-bots-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = (...args: string[]) => {
    const command = ["scripts/node.mjs", "scripts/bots.ts", ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
    return { status, stdout, stderr };
  };
  const listOf = (list: unknown) => {
    const file = join(folder, "robots.json");
    writeFileSync(file, typeof list === "string" ? list : JSON.stringify(list));
    return file;
  };

  test("--compare lists what the table lacks, exit code 1", () => {
    const file = listOf({ GPTBot: {}, Operator: {}, NoSuchCrawler: { operator: "Nobody" } });
    const { status, stdout } = run("--compare", file);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^3 names: 1 known, 1 left out, 1 unknown\n/);
    expect(stdout).toContain("unknown   NoSuchCrawler: Nobody");
    const { stdout: json } = run("--compare", file, "--json");
    expect(JSON.parse(json)).toMatchObject({ known: [{ name: "GPTBot", bot: "GPTBot" }] });
  });

  test("exit code 0 if nothing lacks, 2 without a readable list", () => {
    expect(run("--compare", listOf({ ClaudeBot: {} })).status).toBe(0);
    expect(run().stdout).toMatch(/^\d+ entries, of /);
    for (const args of [listOf("no JSON"), listOf("[]"), join(folder, "none.json")]) {
      const { status, stderr } = run("--compare", args);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^bots: .*\n$/);
    }
  });
});
