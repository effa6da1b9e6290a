import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const SUFFIX = ".test.jsonc";

/**
 * Finds the test files of a rules file: `shop.test.jsonc` and `shop.….test.jsonc` for `shop.jsonc`.
 * Test files whose name fits no rules file in the folder are for all rules files.
 */
export function findPolicyTests(rulesFile: string): string[] {
  const folder = dirname(rulesFile);
  const names = readdirSync(folder);
  const own = stemOf(basename(rulesFile));
  const stems = names
    .filter((name) => name.endsWith(".jsonc") && !name.endsWith(SUFFIX))
    .map(stemOf);
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .filter((name) => (ownerOf(name.slice(0, -SUFFIX.length), [...stems, own]) ?? own) === own)
    .toSorted()
    .map((name) => join(folder, name));
}

function stemOf(name: string): string {
  return name.replace(/\.jsonc?$/, "");
}

/** The longest stem that a test's name begins with. */
function ownerOf(name: string, stems: readonly string[]): string | undefined {
  return stems
    .filter((stem) => name === stem || name.startsWith(`${stem}.`))
    .toSorted((a, b) => b.length - a.length)[0];
}
