import type { CacheOutcome } from "../../cache/outcome.ts";
import type { ReasonText, FeatureVocabulary } from "../../pipeline/vocabulary.ts";

/** The meaning of the cache's reasons. */
export const cacheVocabulary = {
  actions: { hit: { did: "answered from the cache", would: "would be answered from the cache" } },
  none: { name: "miss", says: "not answered from the cache" },
  reasons: {
    fresh: { says: "the stored response is fresh", is: "done" },
    collapsed: { says: "another request for the same response was in progress", is: "done" },
    "while-revalidating": {
      says: "the stored response is stale, and the proxy fetches the next version in the background",
      is: "done",
    },
    "if-error": { says: "the stored response is stale, and the origin server failed", is: "done" },
    confirmed: { says: "the origin server confirmed the stored response", is: "done" },
    stored: { says: "no fresh response was stored; this one is stored now" },
    "seen-too-seldom": {
      says: "it has not been requested often enough to be stored",
      todo: "Request it again, or set `after` to 1.",
    },
    "too-large": { says: "the content is larger than the cache stores" },
    "only-if-cached": { says: "the client accepts only a stored response, and there is none" },
    method: { says: "the method is neither GET nor HEAD" },
    status: { says: "a response with this status is not stored" },
    "no-store": {
      says: "the origin server or the client says no-store",
      todo: "Send Cache-Control: public, max-age=… without no-store.",
    },
    private: {
      says: "the origin server says that the response is for one client",
      todo: "Send Cache-Control: public, max-age=… if it is for everyone.",
    },
    authorization: { says: "a request with Authorization bypasses the cache" },
    "set-cookie": {
      says: "the response sets a cookie",
      todo: "Set cookies only on responses that clients do not share.",
    },
    varies: {
      says: "the response varies on a field that distinguishes clients",
      todo: "Leave Cookie, X-Forwarded-For and * out of Vary.",
    },
    "no-lifetime": {
      says: "the origin server states no lifetime",
      todo: "Send Cache-Control: max-age.",
    },
    cookie: {
      says: "the request has cookies, and pages and data may depend on them",
      todo: "Set ignoreCookies if no response of this rule depends on cookies.",
    },
    "request-content": { says: "the request has content" },
    precondition: { says: "the request has If-Match or If-Unmodified-Since" },
    "request-no-store": { says: "the client says no-store" },
    upgrade: { says: "the request asks for another protocol" },
  } satisfies Readonly<Record<CacheOutcome["reason"], ReasonText>>,
} as const satisfies FeatureVocabulary;
