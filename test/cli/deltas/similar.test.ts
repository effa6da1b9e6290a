import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { PairOutcome } from "../../../src/cli/deltas/build.ts";
import { deltas } from "../../../src/cli/deltas/command.ts";
import { deltasJson } from "../../../src/cli/deltas/report.ts";
import { deltasRules } from "../../../src/cli/deltas/rules.ts";
import { FEATURES } from "../../../src/features.ts";
import { compilePathPattern } from "../../../src/http/path-pattern.ts";
import { parseRules } from "../../../src/rules/parse.ts";
import { bundle } from "../../features/compression/bundles.ts";

const folder = mkdtempSync(join(tmpdir(), "wayleave-similar-"));
afterAll(() => rmSync(folder, { recursive: true }));

const OLD = {
  "_next/static/chunks/0a2c4e6f8b.js": bundle(1, 6000),
  "_next/static/chunks/99aabbccdd.js": "unlike(anything);\n".repeat(400),
  "page.css": ".a{color:red}\n".repeat(200),
  "kept.js": "the same in both\n".repeat(100),
};
const NEW = {
  "_next/static/chunks/f1e2d3c4b5.js": bundle(2, 6000),
  "page.css": ".a{color:blue}\n".repeat(200),
  "kept.js": "the same in both\n".repeat(100),
  "fresh (1).js": Array.from({ length: 300 }, (_, i) => `q${i * i}=${i}`).join(";"),
};

function write(build: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, build, path)), { recursive: true });
    writeFileSync(join(folder, build, path), text);
  }
  return join(folder, build);
}

test("names that are nothing but a hash are paired by content, and the rules match what was built", async () => {
  const printed = { out: "", err: "" };
  const rules = join(folder, "rules.json");
  const argv = ["build", write("old", OLD), write("new", NEW), "--json"];
  // Without content on the disk.
  const huge = 16 * 1024 * 1024 + 1;
  write("new", { "model.onnx": "" });
  truncateSync(join(folder, "new", "model.onnx"), huge);
  argv.push("--out", join(folder, "deltas"), "--rules", rules);
  const run = () =>
    deltas.run({
      argv,
      env: {},
      input: () => "",
      color: false,
      out: (text: string) => void (printed.out += text),
      err: (text: string) => void (printed.err += text),
    } as unknown as Parameters<typeof deltas.run>[0]);
  expect(await run()).toBe(0);
  const all = JSON.parse(printed.out) as (PairOutcome & { from: string | null })[];
  const made = all.filter(({ from }) => from !== null);
  expect(all.filter(({ from }) => from === null)).toEqual([
    {
      path: "fresh (1).js",
      from: null,
      contentLength: NEW["fresh (1).js"].length,
      result: { kind: "skipped", reason: "no-older-version" },
    },
    {
      path: "model.onnx",
      from: null,
      contentLength: huge,
      result: { kind: "skipped", reason: "too-large" },
    },
  ]);
  expect(printed.err).toContain("larger than 16 MiB: model.onnx\n");
  expect([...new Set(made.map(({ path, from }) => `${path} from ${from}`))]).toEqual([
    "_next/static/chunks/f1e2d3c4b5.js from _next/static/chunks/0a2c4e6f8b.js",
    "page.css from page.css",
  ]);
  expect(printed.err.match(/^no older version: .+$/gm)).toEqual(["no older version: fresh (1).js"]);

  const text = readFileSync(rules, "utf8");
  expect(parseRules(text, FEATURES).kind).not.toBe("faulty");
  const [rule] = (JSON.parse(text) as { rules: WrittenRule[] }).rules;
  expect(rule?.compression.dictionary.deltas).toBe("./deltas");
  const { match = [] } = rule?.compression.dictionary ?? {};
  // The delta of page.css saves nothing.
  expect(match).toEqual(["/_next/static/chunks/*.js"]);
  const covers = (path: string) =>
    match.some((source) => {
      const compiled = compilePathPattern(source);
      return "pattern" in compiled && compiled.pattern.test(`/${path}`);
    });
  for (const { path, from, result } of made) {
    if (result.kind !== "made") continue;
    expect([covers(path), covers(from)]).toEqual([true, true]);
  }
  await expect(run()).rejects.toThrow(/--rules .*EEXIST/);
});

test("patterns for which rules have no room are returned, not dropped", () => {
  const outcomes = Array.from({ length: 230 }, (_, i) => {
    const path = `${i}/app.js`;
    const result = { kind: "made", delta: {} } as unknown as PairOutcome["result"];
    return { path, from: path, coding: "dcb", contentLength: 1, plainLength: 1, result } as const;
  });
  const { text, uncovered } = deltasRules(outcomes, "./deltas");
  expect(parseRules(text, FEATURES).kind).not.toBe("faulty");
  expect(text.match(/\.js"/g)).toHaveLength(400);
  expect([uncovered.length, new Set(uncovered).size]).toEqual([30, 30]);
  const json = deltasJson([], { unpaired: [], large: [], uncovered });
  const result = { kind: "skipped", reason: "no-room-in-rules" };
  expect(JSON.parse(json)).toEqual(uncovered.map((pattern) => ({ pattern, result })));
});

interface WrittenRule {
  readonly compression: {
    readonly dictionary: { readonly match: string[]; readonly deltas: string };
  };
}
