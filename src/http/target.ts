import { canonicalPath } from "./canonical-path.ts";
import { resolvePath } from "./dot-segments.ts";
import { normalizeEscapes } from "./path-escapes.ts";

/** The parts of an origin-form request target (RFC 9112 §3.2.1). */
interface Target {
  readonly path: string;
  /** The query with its "?", or empty. */
  readonly query: string;
}

/** Splits an origin-form target at its first "?". */
export function splitTarget(target: string): Target {
  const at = target.indexOf("?");
  return at === -1
    ? { path: target, query: "" }
    : { path: target.slice(0, at), query: target.slice(at) };
}

/** The URL of a target on an origin; as a reference, "//host/path" would be another host. */
export function urlOnOrigin(target: string, of: URL): URL {
  return new URL(of.origin + target);
}

/** Whether it is an http or https URL. */
export function isOnWeb(url: URL | null): url is URL {
  return url?.protocol === "http:" || url?.protocol === "https:";
}

/** Whether a text is an http or https URL of an origin, without a path. */
export function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return isOnWeb(url) && url.pathname + url.search + url.hash === "/" && url.username === "";
}

/** The canonical URL of a target, by which stored data is identified and purged. */
export function canonicalUrl(origin: string, target: string): string {
  const { path, query } = splitTarget(target);
  return origin + canonicalPath(path) + normalizeEscapes(query);
}

/** Resolves the dot segments in the path of an origin-form target. */
export function resolveTarget(target: string): string {
  if (!target.includes("/.") && !target.includes("%2") && !target.includes("\\")) return target;
  const { path, query } = splitTarget(target);
  return resolvePath(path) + query;
}

/** A parsed request target (RFC 9112 §3.2). */
type RequestTarget =
  | { readonly kind: "origin"; readonly target: string; readonly authority?: string }
  | { readonly kind: "asterisk" }
  | { readonly kind: "invalid" };

/** Parses a request target; an absolute form becomes an origin form with an authority. */
export function parseRequestTarget(raw: string): RequestTarget {
  // A target has no fragment; later parsers would read "#" in different ways.
  if (raw.includes("#") || CONTROL.test(raw)) return { kind: "invalid" };
  if (raw.startsWith("/")) return { kind: "origin", target: raw };
  if (raw === "*") return { kind: "asterisk" };
  const [, authority, rest] = /^https?:\/\/([^/?@]+)(.*)$/is.exec(raw) ?? [];
  if (authority === undefined || rest === undefined) return { kind: "invalid" };
  return { kind: "origin", target: rest.startsWith("/") ? rest : `/${rest}`, authority };
}

/** Control characters and space: not allowed in a target, and dropped by some URL parsers. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x20\x7f]/;
