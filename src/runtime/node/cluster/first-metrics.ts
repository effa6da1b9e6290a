import process from "node:process";
import type { Family, Sample } from "../../../telemetry/metrics/families.ts";
import type { Processes } from "./processes.ts";

/** The metrics of the first process, which serves nothing, and of the others as it sees them. */
export function firstFamilies(
  processes: Pick<Processes, "counts" | "replaced">,
  warnings: ReadonlyMap<string, number>,
): Family[] {
  return [
    family("counter", "process_cpu_seconds_total", "CPU time of the process.", () => {
      const { user, system } = process.cpuUsage();
      return [{ labels: {}, value: (user + system) / 1e6 }];
    }),
    family("gauge", "process_resident_memory_bytes", "Resident memory of the process.", () => [
      { labels: {}, value: process.memoryUsage.rss() },
    ]),
    family("counter", "wayleave_warnings_total", "Warnings of the log, by their event.", () =>
      labelled("event", warnings),
    ),
    family("gauge", "wayleave_processes", "Processes that serve, by their state.", () =>
      labelled("state", Object.entries(processes.counts)),
    ),
    family("counter", "wayleave_processes_replaced_total", "Processes that ended early.", () => [
      { labels: {}, value: processes.replaced },
    ]),
  ];
}

function family(
  type: Family["type"],
  name: string,
  help: string,
  samples: Family["samples"],
): Family {
  return { type, name, help, samples };
}

/** Those that did not answer in time, whose counts are those of their last answer. */
export function silentFamily(silent: readonly number[]): Family {
  return {
    type: "gauge",
    name: "wayleave_process_silent",
    help: "1 for a process that did not answer in time.",
    samples: () =>
      labelled(
        "pid",
        silent.map((pid) => [String(pid), 1] as const),
      ),
  };
}

function labelled(label: string, values: Iterable<readonly [string, number]>): Sample[] {
  return Array.from(values, ([name, value]) => ({ labels: { [label]: name }, value }));
}
