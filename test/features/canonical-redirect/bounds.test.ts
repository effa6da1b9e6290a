import { describe, expect, test } from "vitest";
import { decideCanonical } from "../../../src/features/canonical-redirect/canonical.ts";

const sameness = { equivalents: new Set<string>(), isIgnored: () => false };
const decide = (hrefs: readonly string[]) =>
  decideCanonical(
    new URL("https://site.example/old"),
    hrefs.map((href) => ({ href, source: "link-field" as const })),
    sameness,
  );

describe("canonical links beyond their bounds", () => {
  test("are no canonical if there are too many, even of one page", () => {
    const many = (count: number) => decide(Array.from({ length: count }, () => "/new"));
    expect(many(32)).toMatchObject({ kind: "elsewhere", to: "https://site.example/new" });
    expect(many(33)).toEqual({ kind: "stays", reason: "canonicals-conflict" });
  });

  test("are no canonical if one is too long", () => {
    const long = (length: number) => decide([`/${"a".repeat(length - 1)}`]);
    expect(long(4096).kind).toBe("elsewhere");
    expect(long(4097)).toEqual({ kind: "stays", reason: "canonical-invalid" });
  });
});
