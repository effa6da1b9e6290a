import { autoReasons } from "../../../../src/features/compression/auto/reasons.ts";
import type { NoGroupReason } from "../../../../src/features/compression/auto/template.ts";
import type { WatchReason } from "../../../../src/features/compression/auto/verdict.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const page = readFileSync(join(ROOT, "docs", "automatic-dictionaries.md"), "utf8");

/** Reasons that the page explains, in all of its tables. */
const documented = [...page.matchAll(/^\| `([a-z-]+)` *\|/gm)].map(
  ([, reason]) => reason as string,
);

/** Reasons that compression has for other responses, too. */
const OTHERS: readonly (NoGroupReason | WatchReason)[] = [
  "compressed-type",
  "too-small",
  "too-large",
];

describe("docs/automatic-dictionaries.md", () => {
  test("explains every reason once, and no other", () => {
    const reasons = [...Object.keys(autoReasons), ...OTHERS];
    expect(reasons.length).toBeGreaterThan(20);
    expect(new Set(documented)).toEqual(new Set(reasons));
    expect(documented.length).toBe(new Set(documented).size);
  });
});
