import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FeatureList } from "../../src/feature/define.ts";
import { FEATURES } from "../../src/features.ts";
import { pipelineReasons } from "../../src/pipeline/reasons.ts";
import type { ReasonText } from "../../src/pipeline/vocabulary.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(ROOT, "docs", "life-of-a-request.md"), "utf8");

/** Reasons that the page explains, by the feature that gives them. */
function documented(feature: string): string[] {
  const section = page.split(`### \`${feature}\`\n`)[1]?.split("\n#")[0] ?? "";
  return [...section.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, reason]) => reason as string);
}

/** Reasons that a page explains in a table. */
function rowsOf(name: string): string[] {
  const text = readFileSync(join(ROOT, "docs", name), "utf8");
  return [...text.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, reason]) => reason as string);
}

/** The verifier's reasons, and those of the automatic mode, have pages of their own. */
const ELSEWHERE = new Set([
  ...rowsOf("identity.md"),
  ...rowsOf("automatic-dictionaries.md"),
  "unsigned",
  "verification-failed",
]);

const tables: Readonly<Record<string, Readonly<Record<string, ReasonText>>>> = {
  pipeline: pipelineReasons,
  ...Object.fromEntries((FEATURES as FeatureList).map(({ key, reasons }) => [key, reasons])),
};

describe("docs/life-of-a-request.md", () => {
  it.each(Object.entries(tables))(
    "explains every reason of %s once, and no other",
    (name, table) => {
      const told = documented(name);
      expect(new Set(told).size).toBe(told.length);
      const reasons = Object.keys(table).filter(
        (reason) => told.includes(reason) || !ELSEWHERE.has(reason),
      );
      expect(told.toSorted()).toEqual(reasons.toSorted());
    },
  );

  it("explains every kind of outcome, and no other", () => {
    const code = readFileSync(join(ROOT, "src", "pipeline", "stage.ts"), "utf8");
    const kinds = [...code.matchAll(/readonly kind: "([a-z]+)"/g)].map(([, kind]) => kind);
    const section = page.split("## What a stage can say\n")[1]?.split("\n## ")[0] ?? "";
    const explained = [...section.matchAll(/^\| `([a-z]+)`/gm)].map(([, kind]) => kind);
    // The runner's own.
    expect(new Set(explained)).toEqual(new Set([...kinds, "reused", "reask", "failed"]));
  });
});

describe("docs/dictionaries.md", () => {
  it("has the remedy of each reason that has one, in the words of explain", () => {
    const text = readFileSync(join(ROOT, "docs", "dictionaries.md"), "utf8");
    const [, section = ""] = text.split("## Why a response has no delta, and what to do\n");
    const rows = [...section.matchAll(/^\| `([a-z0-9-]+)` +\| (.*?) +\|$/gm)];
    const shown = rows.map(([, reason, remedy]) => [reason, remedy]);
    const remedies = Object.entries(tables["compression"] ?? {}).flatMap(([reason, { todo }]) =>
      typeof todo === "string" ? [[reason, todo]] : [],
    );
    expect(shown.slice(0, remedies.length)).toEqual(remedies);
  });
});

describe("the words for reasons", () => {
  it.each(Object.entries(tables))(
    "are clauses, and sentences with the remedy, for %s",
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
