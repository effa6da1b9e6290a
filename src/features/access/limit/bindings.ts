import type { NeededBinding } from "../../../feature/define.ts";
import type { AccessPolicy } from "../policy.ts";
import { quotasOf } from "./quotas.ts";

/** The bindings of a Worker that a limit needs. */
export function limitBindings(policy: AccessPolicy): readonly NeededBinding[] {
  const quotas = quotasOf(policy);
  const counts: NeededBinding = {
    kind: "object",
    name: "RATES",
    class: "Rates",
    without: "the memory of each isolate counts, so that a client gets the limit several times",
  };
  return [
    ...(quotas.some(({ binding }) => binding === undefined) ? [counts] : []),
    ...quotas.flatMap(({ binding: name, limit, window: period }) =>
      name === undefined ? [] : [{ kind: "rate-limit" as const, name, limit, period }],
    ),
  ];
}
