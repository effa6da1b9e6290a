import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { ANONYMOUS } from "../../../../src/agent/agent.ts";
import { chargeVocabulary } from "../../../../src/features/access/charge/reasons.ts";
import { accessOptions } from "../../../../src/features/access/policy.ts";

const x402 = {
  facilitator: "https://facilitator.example",
  network: "eip155:84532",
  asset: "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
  name: "USDC",
  version: "2",
  payTo: "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
};

describe("the advice for a request without payment", () => {
  const advice = (more: object): string => {
    const given = { action: "charge", price: "USD 0.01", ...more };
    const policy = v.parse(accessOptions, given);
    return chargeVocabulary.reasons["payment-required"].todo({
      policy,
      agent: ANONYMOUS,
      detail: {},
    });
  };

  it("names a signature for an account, and PAYMENT-REQUIRED for x402", () => {
    expect(advice({})).toContain("sign its request");
    expect(advice({ settle: "x402", x402 })).toContain("PAYMENT-REQUIRED");
    expect(advice({ settle: "x402", x402 })).not.toContain("sign");
  });
});
