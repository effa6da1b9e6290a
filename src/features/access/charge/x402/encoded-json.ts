import { parseStrictJson } from "../../../../http/strict-json.ts";

/** Characters of a field, and levels of its JSON, at most. */
const MOST_CHARACTERS = 8192;
const MOST_DEPTH = 8;

/** Canonical base64 (RFC 4648 §4); some clients leave out the padding. */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Why a field is not base64 of a JSON object. */
export type EncodingFault =
  | "field-too-large"
  | "malformed-base64"
  | "malformed-text"
  | "malformed-json"
  | "too-deep"
  | "duplicate-name";

const FAULTS = {
  syntax: "malformed-json",
  depth: "too-deep",
  "duplicate-name": "duplicate-name",
} as const;

/** Decodes a field of x402: base64 of JSON in UTF-8. Never throws. */
export function decodeJsonField(
  field: string,
):
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "malformed"; readonly reason: EncodingFault } {
  if (field.length > MOST_CHARACTERS) return malformed("field-too-large");
  const octets = BASE64.test(field) ? octetsOf(field) : undefined;
  if (octets === undefined) return malformed("malformed-base64");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return malformed("malformed-text");
  }
  const parsed = parseStrictJson(text, MOST_DEPTH);
  return parsed.kind === "value" ? parsed : malformed(FAULTS[parsed.why]);
}

/** Encodes a value as a field of x402. */
export function encodeJsonField(value: object): string {
  const octets = new TextEncoder().encode(JSON.stringify(value));
  let binary = "";
  for (const octet of octets) binary += String.fromCharCode(octet);
  return btoa(binary);
}

function malformed(reason: EncodingFault) {
  return { kind: "malformed", reason } as const;
}

function octetsOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
