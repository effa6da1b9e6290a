import type { Concerned, NeededBinding } from "../../../feature/define.ts";
import type { PolicyWarning } from "../../../pipeline/policy.ts";
import type { AccessPolicy } from "../policy.ts";

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

/** Warnings about a charge, given the runtimes that it applies to. */
export function chargeWarnings(
  { mode, action, settle = "ledger", free, credit, webhook }: AccessPolicy,
  { runtimes }: Concerned,
): PolicyWarning<"runtime">[] {
  if (mode === "off" || action !== "charge" || settle !== "ledger") return [];
  const canPay = free !== undefined || credit !== undefined || webhook !== undefined;
  if (canPay || !runtimes.includes("workers")) return [];
  const message =
    'on Workers, no agent can pay: `wayleave ledger` can\'t fill accounts there; add "credit", "free" or "webhook"';
  return [{ level: "warning", code: "runtime", path: ["action"], message }];
}
