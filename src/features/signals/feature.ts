import { defineFeature } from "../../feature/define.ts";
import { isSignalOfPage } from "../../feature/page-signals.ts";
import { decideSignals, formatSignal } from "./decide.ts";
import { signalsOptions } from "./policy.ts";
import { signalsVocabulary } from "./reasons.ts";

/** The permitted uses of content. */
export const signalsFeature = defineFeature({
  key: "signals",
  siteKey: "signals",
  does: "States the permitted uses of content in Content-Signal; a rule replaces them as a whole, and the origin server's own field takes precedence.",
  options: signalsOptions,
  ...signalsVocabulary,
  interest: { methods: { only: ["GET", "HEAD"], otherwise: "method" } },
  robots: (policy) => {
    const value = formatSignal(policy);
    return value === "" ? [] : [{ kind: "field", name: "Content-Signal", value }];
  },
  create: () => ({
    onResponse({ status, fields }, exchange, policy) {
      const isOfPage = isSignalOfPage.get(exchange) === true;
      const decision = decideSignals(status, fields.get("content-signal"), policy, isOfPage);
      if (decision.kind === "declined") return decision;
      const { signal } = decision;
      const set = [["content-signal", signal]] as const;
      return { kind: "amend", reason: "stated", fields: { set }, detail: { signal } };
    },
  }),
});
