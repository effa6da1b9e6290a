#!/usr/bin/env node
// Runs a command of a clone with a Node that is new enough: the current one, or else a pinned one.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname } from "node:path";
import process from "node:process";
import { isNewEnough, NEEDS } from "./node-version.mjs";

const FLAGS = ["--disable-warning=ExperimentalWarning"];
/** Milliseconds between two checks of the parent process. */
const LOOK = 500;

const node = isNewEnough(process.versions.node) ? process.execPath : await otherNode();
const child = spawn(node, [...FLAGS, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: {
    ...process.env,
    // Children that say `#!/usr/bin/env node` get the same Node.
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}`,
    // `wayleave start` ends when this process does.
    WAYLEAVE_LAUNCHER: String(process.pid),
  },
});
// A terminal sends Ctrl-C to the whole group; a process manager only to us, so it is passed on.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR2"]) process.on(signal, () => child.kill(signal));
if (process.env.npm_command !== undefined) endWithNpm();
child.on("error", (error) => {
  console.error(`${node} can't be run: ${error.message}`);
  process.exitCode = 2;
});
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
});

/** npm, or the shell between it and us, may be killed without a word to us. */
function endWithNpm() {
  const [shell, npm] = [process.ppid, parentOf(process.ppid)];
  const timer = setInterval(() => {
    if (process.ppid === shell && parentOf(shell) === npm) return;
    clearInterval(timer);
    child.kill("SIGTERM");
  }, LOOK);
  timer.unref();
}

/** The parent of another process; undefined if this system does not tell (proc(5)). */
function parentOf(pid) {
  try {
    const [, parent] = /.*\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return parent;
  } catch {
    return undefined;
  }
}

async function otherNode() {
  const { pinnedNode } = await import("./pinned-node.mjs");
  try {
    return pinnedNode();
  } catch (error) {
    console.error(`${NEEDS}, and another one could not be had: ${error.message}`);
    process.exit(2);
  }
}
