import { sha256 } from "../../http/digest.ts";

/** A JWK (RFC 7517) whose members are not checked yet. */
export type UncheckedJwk = Readonly<Record<string, unknown>>;

/** The members that a thumbprint covers (RFC 7638 §3.2, RFC 8037 §2). */
export type RequiredMembers =
  | { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string }
  | { readonly kty: "RSA"; readonly n: string; readonly e: string }
  | { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string };

/** The members by type of key, in lexicographic order (RFC 7638 §3). */
const COVERED = { OKP: ["crv", "kty", "x"], RSA: ["e", "kty", "n"], EC: ["crv", "kty", "x", "y"] };

const encoder = new TextEncoder();

/** The SHA-256 JWK thumbprint in base64url (RFC 7638 §3). */
export async function thumbprint(key: RequiredMembers): Promise<string> {
  const text = JSON.stringify(key, COVERED[key.kty]);
  return toBase64url(await sha256(encoder.encode(text)));
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
