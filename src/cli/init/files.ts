import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { packageRoot } from "../package-root.ts";
import { UsageError } from "../usage.ts";

/** The files that `init` writes. */
export interface DraftFiles {
  readonly rules: string;
  /** The policy tests, which `wayleave test` finds by their name. */
  readonly tests: string;
}

/** The files for a rules file. Throws a UsageError if one of them exists and must not be replaced. */
export function draftFiles(out: string, mayReplace: boolean): DraftFiles {
  if (!/[^/\\]\.jsonc?$/.test(out) || out.endsWith(".test.jsonc")) {
    throw new UsageError(`--out must be a file such as rules.jsonc, not ${JSON.stringify(out)}`);
  }
  const files = { rules: out, tests: out.replace(/\.jsonc?$/, ".test.jsonc") };
  if (mayReplace) return files;
  for (const file of Object.values(files)) {
    if (existsSync(file)) {
      throw new UsageError(
        `${file} exists: choose another file by --out, or replace it by --force`,
      );
    }
  }
  return files;
}

/** Writes both files; without `mayReplace`, never over a file, even one that is new. */
export function writeDraft(
  { rules, tests }: DraftFiles,
  texts: { readonly rules: string; readonly tests: string },
  mayReplace: boolean,
): void {
  const flag = mayReplace ? "w" : "wx";
  mkdirSync(dirname(rules), { recursive: true });
  writeFileSync(rules, texts.rules, { flag });
  writeFileSync(tests, texts.tests, { flag });
}

/** The path from a file to a schema of this package; undefined if one is outside of the working folder. */
export function schemaPath(file: string, name: "schema.json" | "test.schema.json") {
  const schema = join(packageRoot(), "rules", name);
  const isInside = [file, schema].every((each) => !relative(".", each).startsWith(".."));
  if (!isInside || !existsSync(schema)) return undefined;
  const path = relative(resolve(dirname(file)), schema).replaceAll("\\", "/");
  return path.startsWith(".") ? path : `./${path}`;
}
