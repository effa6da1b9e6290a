import { sha256 } from "../../http/digest.ts";

/** A JWK (RFC 7517) whose members are not checked yet. */
export type UncheckedJwk = Readonly<Record<string, unknown>>;

/** The members that a thumbprint covers, in the order of RFC 7638 §3.2 and RFC 8037 §2. */
export type RequiredMembers =
  | { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string }
  | { readonly kty: "RSA"; readonly n: string; readonly e: string }
  | { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string };

const encoder = new TextEncoder();

/** The SHA-256 JWK thumbprint in base64url (RFC 7638 §3). */
export async function thumbprint(key: RequiredMembers): Promise<string> {
  return toBase64url(await sha256(encoder.encode(canonicalJson(key))));
}

// RFC 7638 §3: required members only, in lexicographic order, no white space.
function canonicalJson(key: RequiredMembers): string {
  switch (key.kty) {
    case "OKP":
      return JSON.stringify({ crv: key.crv, kty: key.kty, x: key.x });
    case "RSA":
      return JSON.stringify({ e: key.e, kty: key.kty, n: key.n });
    case "EC":
      return JSON.stringify({ crv: key.crv, kty: key.kty, x: key.x, y: key.y });
  }
}

/** base64url without padding (RFC 7515 §2). */
export function toBase64url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
