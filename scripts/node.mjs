#!/usr/bin/env node
// Runs a command with a Node that is new enough: the current one, or else one from the package registry.
import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname } from "node:path";
import process from "node:process";

const OLDEST = [22, 19];
const FALLBACK = "24.21.0";
const FLAGS = ["--disable-warning=ExperimentalWarning"];

const node = isNewEnough(process.versions.node) ? process.execPath : fetchNode();
const child = spawn(node, [...FLAGS, ...process.argv.slice(2)], {
  stdio: "inherit",
  // Children that say `#!/usr/bin/env node` get the same Node.
  env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` },
});
// A terminal sends Ctrl-C to the whole group; a process manager only to us, so it is passed on.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
});

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function fetchNode() {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const found = spawnSync(
    "npx",
    ["-y", "-p", `${name}@${FALLBACK}`, "-c", "node -p process.execPath"],
    {
      encoding: "utf8",
      shell: process.platform === "win32",
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const path = found.stdout?.trim().split("\n").at(-1);
  if (found.status === 0 && path) return path;
  console.error(
    `wayleave needs Node ${OLDEST.join(".")} or later; this is ${process.versions.node}, ` +
      `and ${name}@${FALLBACK} could not be had from the package registry.`,
  );
  process.exit(2);
}
