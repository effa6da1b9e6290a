/** A parsed request target (RFC 9112 §3.2). */
export type RequestTarget =
  | { readonly kind: "origin"; readonly target: string; readonly authority?: string }
  | { readonly kind: "asterisk" }
  | { readonly kind: "invalid" };

/** Parses a request target as received; an absolute form becomes an origin form with an authority. */
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
