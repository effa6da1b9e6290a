import type { Fields } from "../../http/fields.ts";
import { variesOn } from "../../http/vary.ts";
import { parseCacheControl } from "../../http/cache-control.ts";
import { STAY_REASONS, type CanonicalSource, type StayReason } from "./canonical.ts";

/** A fact about one address, learnt from the origin server's response. */
export type Fact =
  | { readonly kind: "elsewhere"; readonly to: string; readonly source: CanonicalSource }
  | { readonly kind: "stays"; readonly reason: StayReason }
  /** The origin server redirects. */
  | { readonly kind: "moved"; readonly to: string; readonly isLasting: boolean }
  | { readonly kind: "gone" }
  /** The address is that of a page's markdown: the facts about the page apply. */
  | { readonly kind: "markdown" };

/** The validators that distinguish one version of a page from the next (RFC 9110 §8.8). */
interface PageVersion {
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
  /** Entity tags differ between content codings. */
  readonly coding?: string | undefined;
}

/** A fact with the time for which it is valid. */
export interface Remembered {
  readonly fact: Fact;
  readonly version: PageVersion;
  /** Whether it may decide a request; if not, it only helps to detect loops. */
  readonly isReusable: boolean;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** The validators of a response. */
export function versionOf(fields: Fields): PageVersion {
  return {
    etag: fields.get("etag")?.replace(/^W\//, ""),
    modified: fields.get("last-modified"),
    coding: fields.get("content-encoding")?.toLowerCase(),
  };
}

/** Whether two responses are of one version; undefined if their validators do not tell. */
export function isSameVersion(a: PageVersion, b: PageVersion): boolean | undefined {
  if (a.etag !== undefined && b.etag !== undefined && a.coding === b.coding) {
    return a.etag === b.etag;
  }
  if (a.modified !== undefined && b.modified !== undefined) return a.modified === b.modified;
  return undefined;
}

/** Whether a fact from a response may decide requests of other clients. */
export function isReusable(fields: Fields): boolean {
  const directives = parseCacheControl(fields.get("cache-control"));
  if (directives.has("no-store") || directives.has("private")) return false;
  return fields.get("set-cookie") === undefined && !variesOn(fields, "cookie");
}

const FACT_KINDS = new Set(["elsewhere", "stays", "moved", "gone", "markdown"]);

/** Whether a value from a store has the valid shape. */
export function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== "object" || value === null) return false;
  const { fact, version, expires } = value as Partial<Remembered>;
  if (typeof expires !== "number" || typeof version !== "object" || version === null) return false;
  if (typeof fact !== "object" || fact === null || !FACT_KINDS.has(fact.kind)) return false;
  if (fact.kind === "elsewhere" || fact.kind === "moved") return URL.canParse(fact.to);
  return fact.kind !== "stays" || STAY_REASONS.includes(fact.reason);
}
