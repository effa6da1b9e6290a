/** A request target, read (RFC 9112 §3.2). */
export type RequestTarget =
  | { readonly kind: "origin"; readonly target: string; readonly authority?: string }
  | { readonly kind: "asterisk" }
  | { readonly kind: "invalid" };

/** Reads a request target as received; an absolute form becomes origin form with its authority. */
export function parseRequestTarget(raw: string): RequestTarget {
  // A fragment is no part of a target: what is behind "#" would be read differently further on.
  if (raw.includes("#") || CONTROL.test(raw)) return { kind: "invalid" };
  if (raw.startsWith("/")) return { kind: "origin", target: raw };
  if (raw === "*") return { kind: "asterisk" };
  const [, authority, rest] = /^https?:\/\/([^/?@]+)(.*)$/is.exec(raw) ?? [];
  if (authority === undefined || rest === undefined) return { kind: "invalid" };
  return { kind: "origin", target: rest.startsWith("/") ? rest : `/${rest}`, authority };
}

/** No target has them, and URL parsers further on would leave some of them out. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x20\x7f]/;
