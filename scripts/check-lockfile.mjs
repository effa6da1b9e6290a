// Fails where the lockfile lacks a platform build, which npm leaves out silently and then can't
// install, or where it names the addresses of one registry.
import { readFileSync } from "node:fs";
import process from "node:process";

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const faults = [];
for (const [path, entry] of Object.entries(packages)) {
  if (entry.resolved !== undefined) faults.push(`${path}: names an address`);
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (!isThere(path, name)) faults.push(`${path}: lacks ${name}`);
  }
}
for (const fault of faults) console.error(`package-lock.json: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Looks up a package as Node does: in the package's own folder, then in each parent folder. */
function isThere(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    const prefix = at === "" ? "" : `${at}/`;
    if (packages[`${prefix}node_modules/${name}`] !== undefined) return true;
    if (at === "") return false;
  }
}
