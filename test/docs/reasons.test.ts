import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFINITIONS } from "../../src/features.ts";
import { pipelineReasons } from "../../src/pipeline/reasons.ts";
import type { ReasonWords } from "../../src/pipeline/words.ts";
import { cacheWords } from "../../src/features/cache/reasons.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(ROOT, "docs", "life-of-a-request.md"), "utf8");

/** Reasons that the page explains, by the stage that gives them. */
function documented(stage: string): string[] {
  const section = page.split(`### \`${stage}\`\n`)[1]?.split("\n#")[0] ?? "";
  return [...section.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, reason]) => reason as string);
}

const WORDS = /(?:\s*[|,]?\s*"[a-z0-9-]+")+/.source;
/** Where sources name reasons: a member, a type of it, a way of asking, a short answer. */
const NAMED = new RegExp(
  [
    `reason(?::| =)${WORDS}`,
    `\\bby:${WORDS}`,
    `\\b(?:plain|declined|ineligible|stay)\\(${WORDS}`,
    `_REASONS = \\[${WORDS}`,
    `Promise<${WORDS} \\|`,
  ].join("|"),
  "g",
);

/** Reasons that the sources of a folder name; the compiler holds those of the cache to its table. */
function named(folder: string): string[] {
  if (folder === "src/features/cache") return Object.keys(cacheWords.reasons);
  const sources = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".ts"));
  const found = sources.flatMap((name) => {
    const code = readFileSync(join(ROOT, folder, name), "utf8");
    return [...code.matchAll(NAMED)].flatMap(
      ([part]) => part.match(/(?<=")[a-z0-9-]+(?=")/g) ?? [],
    );
  });
  return [...new Set(found)];
}

/** Why the automatic mode watches or does not look: its page is compared with its sources elsewhere. */
function automatic(): string[] {
  const text = readFileSync(join(ROOT, "docs", "automatic-dictionaries.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, reason]) => reason as string);
  // These say to which group an address belongs.
  return rows.filter((row) => !/^(?:version-in|pages-of|same-address)/.test(row));
}

describe("docs/life-of-a-request.md", () => {
  const features = readdirSync(join(ROOT, "src", "features"));

  it.each([
    ...features.map((stage) => [stage, `src/features/${stage}`]),
    ["pipeline", "src/pipeline"],
  ])("explains every reason of %s once, and no other", (stage, folder) => {
    expect(documented(stage).toSorted()).toEqual(named(folder).toSorted());
  });

  it("explains every kind of outcome, and no other", () => {
    const code = readFileSync(join(ROOT, "src", "pipeline", "stage.ts"), "utf8");
    const kinds = [...code.matchAll(/readonly kind: "([a-z]+)"/g)].map(([, kind]) => kind);
    const section = page.split("## What a stage can say\n")[1]?.split("\n## ")[0] ?? "";
    const explained = [...section.matchAll(/^\| `([a-z]+)`/gm)].map(([, kind]) => kind);
    // The runner's own.
    expect(new Set(explained)).toEqual(new Set([...kinds, "held", "reask", "failed"]));
  });
});

describe("the words for reasons", () => {
  const tables: Readonly<Record<string, Readonly<Record<string, ReasonWords>>>> = {
    pipeline: pipelineReasons,
    ...Object.fromEntries(DEFINITIONS.map(({ stage, words }) => [stage, words.reasons])),
  };

  it.each([...readdirSync(join(ROOT, "src", "features")), "pipeline"])(
    "say what each reason of %s means, and of no other",
    (stage) => {
      const folder = stage === "pipeline" ? "src/pipeline" : `src/features/${stage}`;
      const given = new Set([...named(folder), ...(stage === "compression" ? automatic() : [])]);
      expect(Object.keys(tables[stage] ?? {}).toSorted()).toEqual([...given].toSorted());
    },
  );

  it.each(Object.entries(tables))(
    "are clauses, and sentences of what to do, for %s",
    (_, table) => {
      for (const [reason, { says, todo }] of Object.entries(table)) {
        if (typeof says === "string") {
          expect(says, reason).toMatch(/^(?:[a-z0-9…]|Accept|Cache-Control|Available-)/);
          expect(says, reason).not.toMatch(/[.:;]$/);
        }
        if (typeof todo === "string") expect(todo, reason).toMatch(/^[A-Z].*\.$/);
      }
    },
  );
});
