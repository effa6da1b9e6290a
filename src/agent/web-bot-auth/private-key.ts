import { CRYPTO, requiredMembers } from "./keys.ts";
import { thumbprint, type RequiredMembers, type UncheckedJwk } from "./thumbprint.ts";

/** A private key as a JWK: Ed25519, P-256, or RSA for PSS. */
export type PrivateJwk = UncheckedJwk & RequiredMembers & { readonly d: string };

/** Reads a private key from a file's JSON; undefined if the document is no key that can sign. */
export function parsePrivateJwk(document: unknown): PrivateJwk | undefined {
  if (typeof document !== "object" || document === null) return undefined;
  const jwk = document as UncheckedJwk;
  const required = requiredMembers(jwk);
  const { d } = jwk;
  return required && typeof d === "string" ? { ...jwk, ...required, d } : undefined;
}

/** Signs these bytes; rejects if the runtime does not accept the key. */
export async function signBytes(
  key: PrivateJwk,
  data: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const { importAs, signAs } = CRYPTO[key.kty];
  const cryptoKey = await crypto.subtle.importKey("jwk", signingMembers(key), importAs, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign(signAs, cryptoKey, data));
}

/** Makes an Ed25519 key pair: the private key, and the key directory to publish. */
export async function generateKeys(): Promise<{
  readonly privateJwk: PrivateJwk;
  readonly directory: { readonly keys: readonly UncheckedJwk[] };
}> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { x, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  if (x === undefined || d === undefined) throw new TypeError("the runtime exported half a key");
  const required = { kty: "OKP", crv: "Ed25519", x } as const;
  const kid = await thumbprint(required);
  return {
    privateJwk: { ...required, d, kid },
    directory: { keys: [{ ...required, kid, use: "sig" }] },
  };
}

/** The members that make up the public key. */
export function publicMembers(key: RequiredMembers): RequiredMembers {
  switch (key.kty) {
    case "OKP":
      return { kty: key.kty, crv: key.crv, x: key.x };
    case "RSA":
      return { kty: key.kty, n: key.n, e: key.e };
    case "EC":
      return { kty: key.kty, crv: key.crv, x: key.x, y: key.y };
  }
}

// Only the key material: `alg`, `use` and `key_ops` of a file are read differently by the runtimes.
function signingMembers(key: PrivateJwk): JsonWebKey {
  const members: Record<string, unknown> = {};
  for (const name of ["kty", "crv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi"]) {
    if (key[name] !== undefined) members[name] = key[name];
  }
  return members;
}
