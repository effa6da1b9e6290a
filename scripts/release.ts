// Publishes the version of package.json: refuses what must not be released, runs every check, publishes,
// and tags the commit. With --dry-run: all but publishing and the tag; exit code 1 if it would refuse.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { findRefusals } from "./release/refusals.ts";

const ROOT = join(import.meta.dirname, "..");
const CHECKS = [
  ["run", "-s", "format:check"],
  ["run", "-s", "lint"],
  ["run", "-s", "types"],
  ["run", "-s", "schema", "--", "--check"],
  ["run", "-s", "build:wasm", "--", "--check"],
  ["run", "-s", "bundle"],
  ["run", "-s", "check:package"],
  ["test"],
];

interface Manifest {
  readonly version: string;
  readonly homepage: string;
  readonly bugs: { readonly url: string };
  readonly repository: { readonly url: string };
}

const { values } = parseArgs({ options: { "dry-run": { type: "boolean", default: false } } });
const isDry = values["dry-run"];
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const { version, homepage, bugs, repository } = JSON.parse(read("package.json")) as Manifest;

const refusals = findRefusals({
  version,
  status: git("status", "--porcelain"),
  branch: git("rev-parse", "--abbrev-ref", "HEAD"),
  tags: git("tag", "--list").split("\n"),
  changelog: read("CHANGELOG.md"),
  addresses: [homepage, bugs.url, repository.url],
});
for (const refusal of refusals) console.error(`${isDry ? "would refuse" : "refused"}: ${refusal}`);
if (refusals.length > 0 && !isDry) process.exit(1);

for (const argv of CHECKS) npm(...argv);
npm("publish", ...(isDry ? ["--dry-run"] : []));
if (isDry) {
  console.log(`would add the tag v${version}`);
} else {
  git("tag", "--annotate", `v${version}`, "--message", `wayleave ${version}`);
  console.log(`published ${version}; now: git push origin main v${version}`);
}
process.exitCode = refusals.length > 0 ? 1 : 0;

function git(...argv: readonly string[]): string {
  return execFileSync("git", argv, { cwd: ROOT, encoding: "utf8" }).trim();
}

/** Runs npm with its output on ours; ends this program if it fails. */
function npm(...argv: readonly string[]): void {
  console.log(`npm ${argv.join(" ")}`);
  const { status } = spawnSync("npm", argv, { cwd: ROOT, stdio: "inherit" });
  if (status === 0) return;
  console.error(`not released: npm ${argv.join(" ")} failed`);
  process.exit(1);
}
