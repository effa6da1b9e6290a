import { privateFields } from "../../http/cache-control.ts";
import type { Fields } from "../../http/fields.ts";
import { secondsOf } from "../../timing/duration.ts";
import type { FieldEdits, OwnResponse } from "../../pipeline/stage.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";

/** Makes the redirect, which no shared cache may store. */
export function redirectTo(
  location: string,
  { status, maxAge }: Pick<CanonicalRedirectPolicy, "status" | "maxAge">,
): OwnResponse {
  const seconds = typeof maxAge === "number" ? maxAge : secondsOf(maxAge);
  const caching = seconds === 0 ? "private, no-store" : `private, max-age=${seconds}`;
  return {
    status,
    fields: [
      ["location", location],
      ["cache-control", caching],
    ],
    content: null,
  };
}

/** Statuses of a page, or a part of it, that a cache could send to other clients. */
const CACHED = new Set([200, 206, 304]);

/** The edits that keep a page out of caches in front of the proxy, if the rule says so. */
export function bypassEdits(
  response: { readonly status: number; readonly fields: Fields },
  { sharedCaches }: Pick<CanonicalRedirectPolicy, "sharedCaches">,
): FieldEdits | undefined {
  if (sharedCaches !== "bypass" || !CACHED.has(response.status)) return undefined;
  return { set: privateFields(response.fields) };
}
