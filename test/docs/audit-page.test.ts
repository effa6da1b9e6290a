import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CHECK_IDS } from "../../src/audit/model.ts";
import { LEVEL_NAMES } from "../../src/audit/level.ts";
import { AUDIT_BOUNDS } from "../../src/cli/audit/requester.ts";
import { AUDIT_FIELDS } from "../../src/cli/audit/audit-site.ts";
import { audit } from "../../src/cli/audit/command.ts";
import { ALL_FURTHER } from "../../src/cli/audit/further-checks.ts";

const text = readFileSync(join(import.meta.dirname, "..", "..", "docs", "audit.md"), "utf8");

/** The first cells of the rows of all tables under a heading. */
function firstCells(heading: string): readonly string[] {
  const [, after = ""] = text.split(`\n## ${heading}\n`);
  const [section = ""] = after.split("\n## ");
  const rows = section.matchAll(/^\| ([^|]+) \|/gm);
  return [...rows].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, id]) => id ?? ""),
  );
}

it("lists every check, level and option, and the bounds of requests", () => {
  expect(firstCells("Checks of the public scanner")).toEqual([...CHECK_IDS]);
  expect(firstCells("Checks beyond the scanner")).toEqual(ALL_FURTHER.map(({ id }) => id));
  for (const [level, name] of LEVEL_NAMES.entries()) {
    expect(text).toMatch(new RegExp(`^\\| ${level} +\\| ${name} +\\|`, "m"));
  }
  for (const [option] of audit.help.matchAll(/--[a-z-]+/g)) expect(text).toContain(option);
  const { total, perHost, request } = AUDIT_BOUNDS;
  expect(text).toContain(`at most ${total}, of which ${perHost} to one host`);
  expect(text).toContain(`Each has ${request / 1000} seconds`);
  expect(text).toContain(AUDIT_FIELDS["user-agent"]);
});
