import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { check } from "../../src/cli/check.ts";
import { test as testCommand } from "../../src/cli/test/command.ts";
import type { Command } from "../../src/cli/usage.ts";
import { wayleave } from "../../src/middleware.ts";
import { FEATURES } from "../../src/features.ts";
import { compileRules } from "../../src/rules/compile.ts";
import { readRules } from "../../src/rules/load.ts";

const folder = mkdtempSync(join(tmpdir(), "wayleave-former-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(command: Command, ...argv: string[]) {
  let out = "";
  let err = "";
  const code = await command.run({
    argv,
    env: {},
    // oxlint-disable-next-line require-yield -- no input
    input: (async function* () {})(),
    color: false,
    out: (text) => void (out += text as string),
    err: (text) => void (err += text),
  });
  return { code, out, err };
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function checked(text: string) {
  const { out } = await run(check, write("rules.jsonc", text), "--json", "--runtime", "node");
  return JSON.parse(out) as { faults: object[]; warnings: object[] };
}

describe("the former key of a feature", () => {
  test("is accepted in defaults and rules, with a warning at its place", async () => {
    const text = `{
  "defaults": { "discovery": true },
  "rules": [
    { "name": "drafts", "match": { "path": "/drafts/*" },
      "discovery": { "mode": "observe", "percentage": 5 } }
  ]
}`;
    const { faults, warnings } = await checked(text);
    expect(faults).toEqual([]);
    expect(warnings).toMatchObject([
      { pointer: "/defaults/discovery", line: 2, column: 17, code: "deprecated" },
      { pointer: "/rules/0/discovery", line: 5, column: 7, code: "deprecated" },
      // What is told of its options stands at their place, too.
      { pointer: "/rules/0/discovery/percentage", line: 5, column: 41, code: "no-effect" },
    ]);
  });

  test("means the feature by its present name", () => {
    const rules = { defaults: { discovery: { title: "Lantern" } } };
    const read = readRules(JSON.stringify(rules), "[]", () => undefined, FEATURES);
    if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
    const policies = compileRules(read.rules, FEATURES);
    const agent = { kind: "anonymous" } as const;
    const of = policies.forRequest({ method: "GET", host: "a.example", path: "/", agent });
    expect(of("documents")).toMatchObject({ mode: "enforce", policy: { title: "Lantern" } });
  });

  test("is a fault beside the present one", async () => {
    const { faults } = await checked('{ "defaults": { "discovery": true, "documents": true } }');
    expect(faults).toMatchObject([{ pointer: "/defaults/discovery", line: 1, column: 30 }]);
  });

  test("has the faults of its options at their place", async () => {
    const { faults } = await checked('{ "defaults": { "discovery": { "maxPages": 0 } } }');
    expect(faults).toMatchObject([{ pointer: "/defaults/discovery/maxPages", column: 44 }]);
  });

  test("is reported in the log if rules are given as an object", () => {
    const lines: object[] = [];
    const log = {
      info: () => {},
      warn: (event: string, facts: object) => void lines.push({ event, ...facts }),
    };
    wayleave({ rules: { defaults: { discovery: true } }, log });
    expect(lines).toMatchObject([{ event: "rules-deprecated", pointer: "/defaults/discovery" }]);
    expect(() => wayleave({ rules: { defaults: { discovery: true, documents: true } } })).toThrow(
      '"discovery" is the former name of "documents"',
    );
  });

  test("is accepted in what policy tests expect, with a warning at its place", async () => {
    const rules = write("site.jsonc", '{ "defaults": { "documents": true } }');
    const expectations = (expected: string) => `{ "tests": [
  { "name": "t", "request": { "url": "/llms.txt" }, "response": { "status": 404 },
    "expect": ${expected} }
] }`;
    write("site.test.jsonc", expectations('{ "discovery": "none" }'));
    const { code, out } = await run(testCommand, "--rules", rules, "--json");
    const { tests, warnings } = JSON.parse(out) as { tests: object[]; warnings: object[] };
    expect({ code, tests }).toMatchObject({
      code: 1,
      tests: [{ differences: [{ expected: "none" }] }],
    });
    expect(warnings).toMatchObject([
      { pointer: "/tests/0/expect/discovery", line: 3, column: 17, code: "deprecated" },
    ]);
    write("site.test.jsonc", expectations('{ "discovery": "none", "documents": "list" }'));
    const both = await run(testCommand, "--rules", rules);
    expect(both.code).toBe(2);
    expect(both.err).toContain('former name of "documents"');
  });
});

test("the former key of the sitemap is accepted, with a warning at its place", async () => {
  const text = '{ "defaults": { "documents": { "sitemap": true } } }';
  const { faults, warnings } = await checked(text);
  expect(faults).toEqual([]);
  const pointer = "/defaults/documents/sitemap";
  expect(warnings).toMatchObject([{ pointer, line: 1, code: "deprecated" }]);
});

test("the former key of an option is accepted, with a warning at its place", async () => {
  const text = '{ "defaults": { "canonicalRedirect": { "rememberFor": "10m" } } }';
  const { faults, warnings } = await checked(text);
  expect(faults).toEqual([]);
  const pointer = "/defaults/canonicalRedirect/rememberFor";
  expect(warnings).toMatchObject([{ pointer, line: 1, code: "deprecated" }]);
});
