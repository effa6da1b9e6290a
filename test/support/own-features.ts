import * as v from "valibot";
import { defineFeature, modeEntries } from "../../src/feature/index.ts";
import { FEATURES } from "../../src/features.ts";
import { readBounded } from "../../src/http/gather.ts";

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

const respond = (content: string) => ({
  kind: "respond" as const,
  reason: "made" as const,
  response: { status: 200, fields: [["content-type", "text/plain"]] as const, content },
});

/** Makes a document if the origin server has none, and adds a line to another. */
const notes = defineFeature({
  key: "notes",
  does: "Serves two documents.",
  options: v.strictObject({ ...modeEntries }),
  actions: { note: { did: "made", would: "would be made" } },
  none: { name: "none", says: "not made" },
  reasons: { made: { is: "done", says: "made from notes" } },
  create: () => ({
    documents: [
      { at: /^\/humans\.txt$/, owner: "origin-first", make: () => respond("We made it.\n") },
      {
        at: /^\/robots\.txt$/,
        owner: "merged",
        async make(_exchange, _policy, origin) {
          const bytes = origin?.body && (await readBounded(origin.body.open(), 1000));
          return respond(`${bytes ? new TextDecoder().decode(bytes) : ""}# A note\n`);
        },
      },
    ],
  }),
});

/** The built-in features, and two of an operator's own. */
export const OWN_FEATURES = [greeting, notes, ...FEATURES] as const;
