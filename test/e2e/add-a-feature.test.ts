import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);

/** A copy of the tree, to which the three steps of the README add a feature. */
const home = mkdtempSync(join(tmpdir(), "wayleave-three-steps-"));
const folder = join(home, "src", "features", "shout");

const POLICY = `import * as v from "valibot";
import { modeEntries } from "../../pipeline/mode-schema.ts";

export const shoutOptions = v.strictObject({
  ...modeEntries,
  /** Most bytes of a text that is made loud. @default 100 */
  maxBytes: v.optional(v.number(), 100),
});

export type ShoutPolicy = v.InferOutput<typeof shoutOptions>;
`;
const REASONS = `import type { FeatureVocabulary } from "../../pipeline/vocabulary.ts";
import type { ShoutPolicy } from "./policy.ts";

export const shoutVocabulary = {
  actions: { shout: { did: "made loud", would: "would be made loud" } },
  none: { name: "quiet", says: "left quiet" },
  reasons: {
    loud: { is: "done", says: "the client asks for it" },
    "shout-too-long": { says: "the text is too long", todo: "Raise shout.maxBytes." },
  },
} as const satisfies FeatureVocabulary<ShoutPolicy>;

export type ShoutReason = keyof typeof shoutVocabulary.reasons;
`;
const DECIDE = `import type { ShoutPolicy } from "./policy.ts";

export type ShoutDecision = { kind: "shout" } | { kind: "declined"; reason: "shout-too-long" };

export function decideShout(length: number, { maxBytes }: ShoutPolicy): ShoutDecision {
  return length > maxBytes ? { kind: "declined", reason: "shout-too-long" } : { kind: "shout" };
}
`;
const STAGE = `import type { Stage } from "../../pipeline/stage.ts";
import { decideShout } from "./decide.ts";
import type { ShoutPolicy } from "./policy.ts";
import type { ShoutReason } from "./reasons.ts";

export function shout(): Stage<ShoutPolicy, ShoutReason> {
  return {
    onResponse({ length = 0 }, _exchange, policy) {
      const decision = decideShout(length, policy);
      if (decision.kind === "declined") return decision;
      return { kind: "amend", reason: "loud", fields: { set: [["x-loud", "1"]] } };
    },
  };
}
`;
const FEATURE = `import { defineFeature } from "../../feature/define.ts";
import { shoutOptions } from "./policy.ts";
import { shoutVocabulary } from "./reasons.ts";
import { shout } from "./stage.ts";

export const shoutFeature = defineFeature({
  key: "shout",
  does: "Makes short texts loud.",
  options: shoutOptions,
  ...shoutVocabulary,
  create: shout,
});
`;
const config = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as object;
const FILES = Object.entries({ policy: POLICY, reasons: REASONS, decide: DECIDE, stage: STAGE });

/** Runs a command of the copy, and returns how it ends and what it prints. */
async function start(script: string, ...argv: string[]) {
  // Modules of this copy stay out of the caches that runs of the tree share.
  const cache = {
    VITEST_FS_MODULE_CACHE_PATH: join(home, "cache"),
    NODE_COMPILE_CACHE: join(home, "compiled"),
  };
  const env = { ...process.env, ...cache, NO_COLOR: "1" };
  return run(process.execPath, [join(home, script), ...argv], { cwd: home, env }).then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      out: stdout + stderr,
    }),
  );
}

/** The compiler's faults in a folder and all that it imports. */
async function faults(folder: string): Promise<string[]> {
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ ...config, include: [folder] }));
  const { out } = await start("node_modules/typescript/bin/tsc", "-p", home, "--pretty", "false");
  return out.split("\n").filter((line) => line.includes("error TS"));
}

beforeAll(() => {
  for (const part of ["src", "scripts", "rules", "wasm", "docs", "test", "fixtures/site"]) {
    cpSync(join(ROOT, part), join(home, part), { recursive: true });
  }
  for (const part of ["package.json", "tsconfig.json", "vitest.config.ts", "wrangler.jsonc"]) {
    cpSync(join(ROOT, part), join(home, part));
  }
  symlinkSync(join(ROOT, "node_modules"), join(home, "node_modules"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("a feature in three steps", { timeout: 120_000 }, () => {
  test("1: the compiler names what its folder lacks", async () => {
    mkdirSync(folder);
    for (const [name, text] of FILES) writeFileSync(join(folder, `${name}.ts`), text);
    const drop = (line: string): string => FEATURE.replace(line, "");
    const broken = {
      does: drop('  does: "Makes short texts loud.",\n'),
      options: drop("  options: shoutOptions,\n").replace(/^import.*policy.*\n/m, ""),
      reasons: drop("  ...shoutVocabulary,\n").replace(/^import.*reasons.*\n/m, ""),
      create: drop("  create: shout,\n").replace(/^import.*stage.*\n/m, ""),
      words: FEATURE.replace(
        "...shoutVocabulary",
        "...shoutVocabulary, reasons: { loud: { says: '' } }",
      ),
    };
    for (const [part, text] of Object.entries(broken)) {
      writeFileSync(join(folder, `without-${part}.ts`), text);
    }
    const found = await faults("src/features/shout");
    for (const part of ["does", "options", "reasons", "create"]) {
      const line = found.find((fault) => fault.includes(`shout/without-${part}.ts`));
      expect(line, part).toMatch(new RegExp(`[pP]ropert.*\\b${part}\\b`));
    }
    expect(found.find((fault) => fault.includes("without-words.ts"))).toContain("shout-too-long");
    for (const part of Object.keys(broken)) rmSync(join(folder, `without-${part}.ts`));
    writeFileSync(join(folder, "feature.ts"), FEATURE);
  });

  test("2: a line in the list makes it known everywhere", async () => {
    const path = join(home, "src", "features.ts");
    const text = readFileSync(path, "utf8")
      .replace("\n/**", 'import { shoutFeature } from "./features/shout/feature.ts";\n\n/**')
      .replace("  signalsFeature,\n", "  shoutFeature,\n  signalsFeature,\n");
    writeFileSync(path, text);
    expect(await faults("src")).toEqual([]);
    const rules = join(home, "rules.jsonc");
    writeFileSync(rules, '{ "defaults": { "shout": { "maxBytes": 3 } } }');
    expect(await start("src/cli/main.ts", "check", rules)).toMatchObject({ code: 0 });
    const explain = ["explain", "/", "--rules", rules];
    const { out } = await start("src/cli/main.ts", ...explain, "--html", "docs/rules.md");
    expect(out).toMatch(/^shout +left quiet: the text is too long \(defaults, enforce\)$/m);
    const tests = [{ name: "loud", request: { url: "/" }, expect: { shout: "quiet" } }];
    writeFileSync(join(home, "rules.test.jsonc"), JSON.stringify({ tests }));
    const tested = await start("src/cli/main.ts", "test", "--rules", rules);
    expect(tested).toEqual({ code: 0, out: expect.stringContaining("1 test, 0 failed") as string });
  });

  test("3: the schema has its options, and one test names each reason that the page lacks", async () => {
    expect(await start("scripts/schema.ts", "--check")).toMatchObject({ code: 1 });
    expect(await start("scripts/schema.ts")).toMatchObject({ code: 0 });
    expect(readFileSync(join(home, "rules", "schema.json"), "utf8")).toContain(
      "Most bytes of a text that is made loud.",
    );
    expect(readFileSync(join(home, "docs", "rules.md"), "utf8")).toContain("`shout`");
    const vitest = ["node_modules/vitest/vitest.mjs", "run", "test/docs/reasons.test.ts"] as const;
    const lacking = await start(...vitest);
    expect(lacking.code).toBe(1);
    expect(lacking.out).toMatch(/explains every reason of shout once[^]*"loud[^]*"shout-too-long/);
    const page = join(home, "docs", "life-of-a-request.md");
    const rows = "\n### `shout`\n\n| `loud` | x |\n| `shout-too-long` | x |\n\n";
    writeFileSync(
      page,
      readFileSync(page, "utf8").replace("\n### `signals`", `${rows}### \`signals\``),
    );
    expect((await start(...vitest)).out).not.toContain("FAIL");
  });
});
