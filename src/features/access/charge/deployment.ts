import type { NeededBinding } from "../../../feature/define.ts";

/** The binding of a Worker that every charge needs, since x402 also enters its charges in the ledger. */
export const chargeBindings: readonly NeededBinding[] = [
  {
    kind: "object",
    name: "ACCOUNTS",
    class: "Accounts",
    without:
      'there is no ledger, so that "onError" decides about each request: 503, or content without a charge',
  },
];
