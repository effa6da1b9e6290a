import type { CanaryState } from "../pipeline/canary/canaries.ts";
import type { PartState } from "../telemetry/conditions.ts";
import type { HealthDetails } from "./health.ts";

/** The health of one of several processes. */
export interface ProcessHealth {
  readonly pid: number;
  /** Whether it has answered in time; all other details are those of the processes that have. */
  readonly answers: boolean;
  /** The version of the rules in force; null if it is not known. */
  readonly rules: string | null;
}

/** The details of several processes as those of one. @param silent those that did not answer */
export function joinHealth(
  all: readonly { readonly pid: number; readonly report: HealthDetails }[],
  silent: readonly number[],
): HealthDetails {
  const reports = all.map(({ report }) => report);
  const [first] = reports as [HealthDetails, ...HealthDetails[]];
  const processes: ProcessHealth[] = [
    ...all.map(({ pid, report }) => ({ pid, answers: true, rules: report.rules.version })),
    ...silent.map((pid) => ({ pid, answers: false, rules: null })),
  ];
  const memories = reports.map(({ memory }) => memory);
  const firstFailing = (part: "store" | "ledger" | "rates"): PartState =>
    reports.map((report) => report[part]).find(({ works }) => !works) ?? first[part];
  return {
    ...first,
    memory: {
      limit: sum(memories.map(({ limit }) => limit)),
      used: sum(memories.map(({ used }) => used)),
      caches: sums(memories.map(({ caches }) => caches)),
    },
    refused: reports.find(({ refused }) => refused !== null)?.refused ?? null,
    origin: latest(reports),
    origins: joinOrigins(reports.map(({ origins }) => origins)),
    store: firstFailing("store"),
    ledger: firstFailing("ledger"),
    rates: firstFailing("rates"),
    telemetry: joinTelemetry(reports.map(({ telemetry }) => telemetry)),
    clients: joinClients(reports.map(({ clients }) => clients)),
    canaries: joinCanaries(reports.flatMap(({ canaries }) => canaries)),
    processes: processes.toSorted((a, b) => a.pid - b.pid),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** The sums of the numbers of the same names. */
function sums(all: readonly object[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, value] of all.flatMap((each) => Object.entries(each))) {
    if (typeof value === "number") found[name] = (found[name] ?? 0) + value;
  }
  return found;
}

/** The latest check of the origin server. */
function latest(reports: readonly HealthDetails[]): HealthDetails["origin"] {
  const [last] = reports
    .map(({ origin }) => origin)
    .toSorted((a, b) => (b.checked ?? "").localeCompare(a.checked ?? ""));
  return last as HealthDetails["origin"];
}

/** The addresses of each origin server, as the process sees them that has most failures. */
function joinOrigins(all: readonly HealthDetails["origins"][]): HealthDetails["origins"] {
  const worst = (name: string, address: string, of: "failures" | "outFor"): number =>
    Math.max(
      ...all
        .flat()
        .filter((each) => each.name === name)
        .flatMap(({ addresses }) => addresses)
        .filter((each) => each.address === address)
        .map((each) => each[of]),
    );
  return (all[0] ?? []).map(({ name, addresses }) => ({
    name,
    addresses: addresses.map(({ address }) => ({
      address,
      failures: worst(name, address, "failures"),
      outFor: worst(name, address, "outFor"),
    })),
  }));
}

function joinTelemetry(all: readonly object[]): object {
  const dropped = all.map((each) => ("dropped" in each ? (each.dropped as object) : {}));
  return { ...all[0], dropped: sums(dropped) };
}

function joinClients(all: readonly (object | null)[]): object | null {
  const counted = all.filter((each) => each !== null);
  const [first] = counted;
  if (first === undefined) return null;
  const members = membersOf(first).map((_, at) =>
    sum(counted.map((each) => membersOf(each)[at] ?? 0)),
  );
  const { hops: _, ...numbers } = sums(counted);
  return { ...first, ...numbers, members };
}

function membersOf(clients: object): readonly number[] {
  return "members" in clients && Array.isArray(clients.members)
    ? (clients.members as number[])
    : [];
}

function joinCanaries(all: readonly CanaryState[]): readonly CanaryState[] {
  const joined = new Map<string, CanaryState>();
  for (const each of all) {
    const name = `${each.feature}\n${each.rule}`;
    const known = joined.get(name);
    joined.set(name, known === undefined ? each : joinCanary(known, each));
  }
  return [...joined.values()];
}

function joinCanary(one: CanaryState, other: CanaryState): CanaryState {
  const stopped = one.state === "stopped" ? one : other;
  const requests = {
    inside: one.requests.inside + other.requests.inside,
    outside: one.requests.outside + other.requests.outside,
  };
  return { ...stopped, requests };
}
