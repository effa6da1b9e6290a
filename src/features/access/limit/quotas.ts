import { oncePer } from "../../../http/once-per.ts";
import { secondsOf } from "../../../timing/duration.ts";
import type { AccessPolicy } from "../policy.ts";

/** The kind of client for which a quota counts. */
export type ClientKind = "agent" | "operator" | "address";

/** One limit of a policy. */
export interface Quota {
  /** Its name in fields and problem documents, e.g. "requests-1m". */
  readonly name: string;
  readonly unit: "requests" | "bytes" | "concurrent";
  readonly limit: number;
  /** Seconds; 0 for requests in progress. */
  readonly window: number;
  /** Units beyond the limit, once in ten windows. */
  readonly burst: number;
  readonly client: ClientKind;
  readonly binding: string | undefined;
}

/** The limits of a policy, in their order. */
export const quotasOf: (policy: AccessPolicy) => readonly Quota[] = oncePer(
  (policy: AccessPolicy) => {
    const names = new Set<string>();
    return (policy.limits ?? [policy]).map((given) => {
      const { requests, bytes, concurrent, per = "0s", burst = 0, key = "agent", binding } = given;
      const unit =
        requests !== undefined ? "requests" : bytes !== undefined ? "bytes" : "concurrent";
      const base = unit === "concurrent" ? unit : `${unit}-${per}`;
      let name = base;
      for (let i = 2; names.has(name); i++) name = `${base}-${i}`;
      names.add(name);
      const limit = requests ?? bytes ?? concurrent ?? 0;
      return { name, unit, limit, window: secondsOf(per), burst, client: key, binding };
    });
  },
);

/** A limit in words, e.g. "60 requests in 1 minute". */
export function describeQuota({ unit, limit, window }: Quota): string {
  if (unit === "concurrent") return `${limit} requests at the same time`;
  const what = unit === "bytes" ? "bytes of content" : limit === 1 ? "request" : "requests";
  return `${limit} ${what} in ${inWords(window)}`;
}

/** The limits of a policy in words. */
export function limitsOf(policy: AccessPolicy): string {
  return quotasOf(policy).map(describeQuota).join(", and ");
}

const UNITS = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
] as const;

/** A duration in the largest unit that divides it. */
export function inWords(seconds: number): string {
  const [size, word] = UNITS.find(([each]) => seconds >= each && seconds % each === 0) ?? [
    1,
    "second",
  ];
  const count = seconds / size;
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}

/**
 * From 0 to below 1: how little a policy admits, by its smallest rate. Requests and bytes can't be
 * compared; a byte counts as a thousandth of a request.
 */
export function limitStrictness(policy: AccessPolicy): number {
  const rates = quotasOf(policy).map(({ unit, limit, window }) =>
    unit === "concurrent" ? limit : limit / window / (unit === "bytes" ? 1000 : 1),
  );
  return 0.8 / (1 + Math.min(...rates));
}
