import { readFileSync } from "node:fs";
import process from "node:process";
import { afterAll } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** Seconds of processor time that a file has taken, with the processes that it has started and ended. */
    processor?: number;
  }
}

/** Of Linux, where proc(5) counts in hundredths of a second. */
const TICK = 100;

// A process runs many files, each of which may end its servers when the process ends.
process.setMaxListeners(0);

const before = processorTime();

// oxlint-disable-next-line no-empty-pattern -- vitest reads the pattern to learn which fixtures it wants
afterAll(({}, file) => {
  file.meta.processor = processorTime() - before;
});

/** Seconds that this process and those it has waited for have taken; elsewhere than on Linux its own alone. */
function processorTime(): number {
  if (process.platform !== "linux") {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
  const stat = readFileSync("/proc/self/stat", "utf8");
  // utime, stime, cutime, cstime: the 14th to 17th field; the name in the second may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) / TICK, 0);
}
