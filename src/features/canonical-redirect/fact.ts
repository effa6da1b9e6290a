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
  /** The address is not that of a page to which crawlers may be redirected. */
  | { readonly kind: "unfit"; readonly why: UnfitReason }
  /** The address is that of a page's markdown: the facts about the page apply. */
  | { readonly kind: "markdown" };

/** Why no crawler is redirected to an address, although it is not gone. */
const UNFIT_REASONS = ["not-ok", "error-page", "redirects-elsewhere", "unreadable"] as const;

export type UnfitReason = (typeof UNFIT_REASONS)[number];

/** Further facts about a page (`elsewhere`, `stays`). */
export interface PageAbout {
  readonly title?: string | undefined;
  /** Whether it asks not to be indexed. */
  readonly isHidden?: boolean | undefined;
  /** See `sketchOf`; only if the proxy itself has requested the page. */
  readonly sketch?: string | undefined;
  /** Whether its content was compared with that of an address that does not exist. */
  readonly isReal?: boolean | undefined;
}

/** The validators that distinguish one version of a page from the next (RFC 9110 §8.8). */
interface PageVersion {
  readonly etag?: string | undefined;
  /** Whether the entity tag is weak: the content may differ in bytes. */
  readonly isWeak?: boolean | undefined;
  readonly modified?: string | undefined;
  /** Entity tags differ between content codings. */
  readonly coding?: string | undefined;
}

/** A fact with the time for which it is valid. */
export interface Remembered {
  readonly fact: Fact;
  readonly version: PageVersion;
  readonly about?: PageAbout | undefined;
  /** Whether it may decide a request; if not, it only helps to detect loops. */
  readonly isReusable: boolean;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** The validators of a response. */
export function versionOf(fields: Fields): PageVersion {
  const etag = fields.get("etag");
  return {
    etag: etag?.replace(/^W\//, ""),
    isWeak: etag?.startsWith("W/") === true ? true : undefined,
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

/** Whether two responses have the same bytes (RFC 9110 §8.8.1, a strong validator). */
export function hasSameBytes(a: PageVersion, b: PageVersion): boolean {
  return a.etag !== undefined && isSameVersion(a, b) === true && !a.isWeak && !b.isWeak;
}

/** Whether a fact from a response may decide requests of other clients. */
export function isReusable(fields: Fields): boolean {
  const directives = parseCacheControl(fields.get("cache-control"));
  if (directives.has("no-store") || directives.has("private")) return false;
  return fields.get("set-cookie") === undefined && !variesOn(fields, "cookie");
}

const FACT_KINDS = new Set(["elsewhere", "stays", "moved", "gone", "unfit", "markdown"]);

/** Whether a value from a store has the valid shape. */
export function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== "object" || value === null) return false;
  const { fact, version, expires, about } = value as Partial<Remembered>;
  if (typeof expires !== "number" || typeof version !== "object" || version === null) return false;
  if (about !== undefined && !isAbout(about)) return false;
  if (typeof fact !== "object" || fact === null || !FACT_KINDS.has(fact.kind)) return false;
  if (fact.kind === "elsewhere" || fact.kind === "moved") return URL.canParse(fact.to);
  if (fact.kind === "unfit") return UNFIT_REASONS.includes(fact.why);
  return fact.kind !== "stays" || STAY_REASONS.includes(fact.reason);
}

function isAbout(value: unknown): value is PageAbout {
  if (typeof value !== "object" || value === null) return false;
  const { title, sketch } = value as PageAbout;
  return [title, sketch].every((text) => text === undefined || typeof text === "string");
}

/** Whether a fact is about a page that the origin server has sent with 200. */
export function isOfPage({ kind }: Fact): boolean {
  return kind === "elsewhere" || kind === "stays" || kind === "markdown";
}
