import { parseCacheControl } from "../http/cache-control.ts";
import { FieldList, type Fields } from "../http/fields.ts";
import { isSharedDespiteCookies } from "./cookies.ts";
import type { CacheRequest } from "./message.ts";
import type { CacheSettings } from "./policy.ts";
import type { StoredHead } from "./stored.ts";
import { isSelected } from "./vary.ts";

/** Why a request bypasses the cache. */
export type BypassReason =
  | "method"
  | "request-content"
  | "authorization"
  | "precondition"
  | "request-no-store"
  | "upgrade";

/** Decides if a request bypasses the cache; returns the reason if it does. */
export function decideBypass({ method, fields }: CacheRequest): BypassReason | undefined {
  if (method !== "GET" && method !== "HEAD") return "method";
  if (hasContent(fields)) return "request-content";
  if (fields.get("authorization") !== undefined) return "authorization";
  if (fields.get("upgrade") !== undefined) return "upgrade";
  const isConditional =
    fields.get("if-match") !== undefined || fields.get("if-unmodified-since") !== undefined;
  if (isConditional) return "precondition";
  return parseCacheControl(fields.get("cache-control")).has("no-store")
    ? "request-no-store"
    : undefined;
}

/** Whether a request has content, which means nothing to a GET but to some (RFC 9110 §9.3.1). */
export function hasContent(fields: Pick<Fields, "get">): boolean {
  const length = fields.get("content-length");
  return (length !== undefined && length !== "0") || fields.get("transfer-encoding") !== undefined;
}

/** The stored variant that a request selects (RFC 9111 §4.1), the latest of several. */
export function selectStored(
  heads: readonly StoredHead[],
  { fields }: CacheRequest,
  { ignoreCookies }: CacheSettings,
): StoredHead | undefined {
  const isGuarded = fields.get("cookie") !== undefined && !ignoreCookies;
  return heads.find(
    (head) =>
      isSelected(head.selecting, fields) &&
      (!isGuarded || isSharedDespiteCookies(fields, FieldList.from(head.fields))),
  );
}

/** Fields for a part, or for no content if the client has it; the cache evaluates them itself. */
const OF_CLIENT = ["if-none-match", "if-modified-since", "range", "if-range"];

/**
 * The request that revalidates a stored response (RFC 9111 §4.3.1); undefined if the response has
 * no validator.
 */
export function toConfirm(request: CacheRequest, stored: StoredHead): CacheRequest | undefined {
  const known = FieldList.from(stored.fields);
  const etag = known.get("etag");
  const modified = known.get("last-modified");
  if (etag === undefined && modified === undefined) return undefined;
  const fields = withoutConditions(request);
  if (etag !== undefined) fields.set("if-none-match", etag);
  if (modified !== undefined) fields.set("if-modified-since", modified);
  return { method: "GET", target: request.target, fields };
}

/** A copy of a request's fields without those for a part, and without preconditions. */
export function withoutConditions({ fields }: CacheRequest): FieldList {
  const copy = FieldList.from([...fields.lines()].flat());
  for (const name of OF_CLIENT) copy.delete(name);
  return copy;
}
