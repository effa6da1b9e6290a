import type { FeatureParts } from "../../../feature/parts.ts";
import type { AccessPolicy } from "../policy.ts";
import { LedgerSettlement } from "./ledger/settlement.ts";
import type { LedgerReason } from "./ledger/price-fields.ts";
import { webhookClient } from "./ledger/webhook.ts";
import type { Settlement } from "./settlement.ts";
import { Facilitators } from "./x402/facilitators.ts";
import { x402Settlement } from "./x402/settlement.ts";
import type { X402Reason } from "./x402/reasons.ts";

/** The parts of the proxy that charges need. */
export type ChargeParts = Pick<FeatureParts, "now"> &
  Partial<Pick<FeatureParts, "accounts" | "services" | "log">>;

/** The ways to settle a payment, by the option `settle`. */
export type Settlements = Readonly<
  Record<"ledger" | "x402", Settlement<AccessPolicy, LedgerReason | X402Reason>>
>;

/** Creates the ways to settle a payment. */
export function settlementsOf({ now, services, log = SILENT }: ChargeParts): Settlements {
  const ledger = new LedgerSettlement({ now, ask: webhookClient({ services, log }) });
  const facilitators = new Facilitators({ services, now, log });
  return {
    ledger,
    // Each settlement gets only payments that it has verified itself.
    x402: x402Settlement({ now, facilitators }),
  };
}

const SILENT = { warn: () => {}, info: () => {} };
