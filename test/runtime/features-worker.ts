import * as v from "valibot";
import { defineFeature, modeEntries } from "../../src/feature/index.ts";
import { FEATURES } from "../../src/features.ts";
import { useFeatures } from "../../src/runtime/workers/index.ts";

export { default, Ledger, ReplayGuard } from "../../src/runtime/workers/index.ts";

const greeting = defineFeature({
  key: "greeting",
  does: "Greets clients in a response field.",
  options: v.strictObject({ ...modeEntries, text: v.optional(v.string(), "hello") }),
  actions: { greet: { did: "greeted", would: "would be greeted" } },
  none: { name: "silence", says: "not greeted" },
  reasons: { greeted: { is: "done", says: "the rule says so" } },
  create: () => ({
    onResponse: (_head, _exchange, { text }) => ({
      kind: "amend",
      reason: "greeted",
      fields: { set: [["x-greeting", text]] },
    }),
  }),
});

useFeatures([greeting, ...FEATURES]);
