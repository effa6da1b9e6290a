import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { fileReader } from "../../src/cli/rules-file.ts";
import { readRules } from "../../src/rules/load.ts";

const top = mkdtempSync(join(tmpdir(), "wayleave-document-"));
const folder = join(top, "rules");
afterAll(() => rmSync(top, { recursive: true, force: true }));

beforeAll(() => {
  mkdirSync(join(folder, "..data"), { recursive: true });
  mkdirSync(join(top, "rules-beside"));
  for (const secret of ["secret.txt", "rules-beside/secret.txt"]) {
    writeFileSync(join(top, secret), "a secret");
  }
  writeFileSync(join(folder, "..data", "in.txt"), "inside");
  // As the files of a ConfigMap are.
  symlinkSync("..data/in.txt", join(folder, "in.txt"));
  symlinkSync("../secret.txt", join(folder, "out.txt"));
  symlinkSync("../rules-beside", join(folder, "beside"));
  symlinkSync("loop.txt", join(folder, "loop.txt"));
  symlinkSync("/dev/zero", join(folder, "zero.txt"));
  execFileSync("mkfifo", [join(folder, "pipe.txt")]);
  writeFileSync(join(folder, "long.txt"), "x".repeat(8 * 1024 * 1024));
  // As many bytes as possible for the characters of a document.
  writeFileSync(join(folder, "wide.txt"), "\u20AC".repeat(1024 * 1024));
});

/** The text of a document in the rules, or the faults. */
function textOf(file: string): string {
  const rules = JSON.stringify({ documents: { "/x.txt": file } });
  const read = readRules(rules, "[]", fileReader(join(folder, "rules.jsonc")), FEATURES);
  if (read.kind === "faulty") return read.faults.map(({ message }) => message).join();
  const entry = read.rules.documents["/x.txt"];
  return typeof entry === "object" ? (entry.text ?? "") : "";
}

test("a document is read in the folder of the rules, by a link in it too", () => {
  expect(textOf("in.txt")).toBe("inside");
  expect(textOf("./..data/in.txt")).toBe("inside");
  expect(textOf("wide.txt")).toBe("\u20AC".repeat(1024 * 1024));
});

test.each([
  "out.txt",
  "beside/secret.txt",
  "loop.txt",
  "zero.txt",
  "pipe.txt",
  "..data",
  "none.txt",
])("%s is none: outside of the folder, or no file", (file) =>
  expect(textOf(file)).toBe(`there is no document at "${file}"`),
);

test.each(["../secret.txt", "/etc/hostname", "..data/../../secret.txt"])("%s is no name", (file) =>
  expect(textOf(file)).toContain("a file in the folder of the rules"),
);

test("a file that is too long is not read to its end", () => {
  expect(textOf("long.txt")).toContain("longer than 1048576 characters");
});
