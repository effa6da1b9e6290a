import * as v from "valibot";
import { defineFeature, modeEntries } from "../../src/feature/index.ts";
import { FEATURES } from "../../src/features.ts";

const endings: object[] = [];

/**
 * A guard that uses all that a guard may: it sees every answer, reads its whole content as it came,
 * bypasses the cache, and notes how each response ended; `/endings` tells that.
 */
const toll = defineFeature({
  key: "toll",
  does: "Counts responses at their end.",
  options: v.strictObject({ ...modeEntries }),
  actions: { count: { did: "counted", would: "would be counted" } },
  none: { name: "none", says: "not counted" },
  reasons: {
    told: { is: "done", says: "the endings were asked for" },
    counted: { is: "done", says: "the response is counted" },
    failed: { is: "done", says: "the content did not arrive" },
  },
  strictness: () => 1,
  onFailure: () => respond(503, "failed", "the content did not arrive"),
  create: () => ({
    onRequest({ target, record, values }) {
      if (target === "/endings") return respond(200, "told", JSON.stringify(endings));
      record?.whenEnded(({ end, status, bytesSent }) => {
        const received = values.get(toll);
        endings.push({ target, end, status, bytesSent, received });
      });
      return { kind: "forward", reason: "counted", bypassesCache: true, seesOwnAnswers: true };
    },
    onResponse(_head, { values, target }) {
      let received = 0;
      if (target.startsWith("/slow")) return { kind: "declined", reason: "counted" };
      return {
        kind: "scan",
        maxBytes: 1_000_000,
        asItCame: true,
        patience: 5000,
        see(piece, at) {
          received += piece.length;
          if (at === "open") return undefined;
          values.set(toll, received);
          return { kind: "amend", reason: "counted", fields: { set: [["x-at", at]] } };
        },
      };
    },
  }),
});

function respond<const Reason extends string>(status: number, reason: Reason, content: string) {
  const fields = [["content-type", "application/json"]] as const;
  return { kind: "respond" as const, reason, response: { status, fields, content } };
}

/** The built-in features behind a guard. */
export const TOLL_FEATURES = [toll, ...FEATURES] as const;
