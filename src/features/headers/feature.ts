import { defineFeature } from "../../feature/define.ts";
import { receivedCaching } from "../../pipeline/received-caching.ts";
import { decideResponse, describeEdits, editsOf } from "./decide.ts";
import { headersOptions } from "./policy.ts";
import { headersVocabulary } from "./reasons.ts";

/** Sets and removes fields in both directions. */
export const headersFeature = defineFeature({
  key: "headers",
  does: "Sets and removes fields of the request to the origin server and of the response to the client, before the cache and after all features.",
  options: headersOptions,
  ...headersVocabulary,
  editsFields: true,
  create: () => ({
    onRequest(_exchange, policy) {
      const { request } = editsOf(policy);
      if (request === undefined) return { kind: "declined", reason: "response-only" };
      const { set, remove: drop } = request;
      const detail = describeEdits(request);
      return { kind: "forward", reason: "request-edited", set, drop, detail };
    },
    onAnswer({ fields }, exchange, policy) {
      if (editsOf(policy).response === undefined) {
        return { kind: "ineligible", reason: "request-only" };
      }
      const edits = decideResponse(
        policy,
        receivedCaching.get(exchange),
        fields.get("cache-control"),
      );
      if (edits === undefined) return { kind: "declined", reason: "caches-spared" };
      return {
        kind: "amend",
        reason: "response-edited",
        fields: edits,
        detail: describeEdits(edits),
      };
    },
  }),
});
