import { isObject } from "../../http/json.ts";
import { thumbprint, type RequiredMembers, type UncheckedJwk } from "./thumbprint.ts";
import { isTestKey } from "./test-keys.ts";

/** The parameters of WebCrypto by type of key. RFC 9421 §3.3.1: SHA-512, a salt of 64 bytes. */
export const CRYPTO = {
  OKP: { algorithm: "ed25519", importAs: { name: "Ed25519" }, signAs: { name: "Ed25519" } },
  RSA: {
    algorithm: "rsa-pss-sha512",
    importAs: { name: "RSA-PSS", hash: "SHA-512" },
    signAs: { name: "RSA-PSS", saltLength: 64 },
  },
  EC: {
    algorithm: "ecdsa-p256-sha256",
    importAs: { name: "ECDSA", namedCurve: "P-256" },
    signAs: { name: "ECDSA", hash: "SHA-256" },
  },
} as const;

/** The signature algorithms (RFC 9421 §3.3) that Web Bot Auth allows; never HMAC. */
export type Algorithm = (typeof CRYPTO)[keyof typeof CRYPTO]["algorithm"];

/** An imported public key; the key alone determines the algorithm. */
export interface VerificationKey {
  readonly thumbprint: string;
  readonly kty: RequiredMembers["kty"];
  readonly algorithm: Algorithm;
  readonly cryptoKey: CryptoKey;
  /** Seconds since the epoch, if the key has one. */
  readonly notBefore: number | undefined;
  readonly notAfter: number | undefined;
}

// RFC 7518 §6.2.2, §6.3.2, §6.4: a directory with one of these has disclosed its private key.
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
// Shorter keys can be broken, longer ones make verification expensive.
const RSA_BITS = { least: 2048, most: 8192 };
/** Bytes of a signature, but for RSA. */
const SIGNATURE_BYTES = 64;

/** Imports one key of a JWKS for verification; undefined if it may not be used. */
export async function importVerificationKey(
  jwk: unknown,
  options: { readonly allowTestKeys?: boolean } = {},
): Promise<VerificationKey | undefined> {
  if (!isObject(jwk) || PRIVATE_MEMBERS.some((name) => jwk[name] !== undefined)) return undefined;
  const required = requiredMembers(jwk);
  if (required === undefined || !isForVerifying(jwk, required)) return undefined;
  const print = await thumbprint(required);
  if (options.allowTestKeys !== true && isTestKey(print)) return undefined;
  const { kty } = required;
  const { algorithm, importAs } = CRYPTO[kty];
  try {
    // workerd refuses Ed25519 keys with `alg`, and both runtimes refuse `use: "enc"`.
    const cryptoKey = await crypto.subtle.importKey("jwk", { ...required }, importAs, true, [
      "verify",
    ]);
    const validity = { notBefore: seconds(jwk["nbf"]), notAfter: seconds(jwk["exp"]) };
    return { thumbprint: print, kty, algorithm, cryptoKey, ...validity };
  } catch {
    return undefined;
  }
}

/** Whether the signature is valid for these bytes; never throws. */
export async function verifyBytes(
  key: VerificationKey,
  signature: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (key.kty !== "RSA" && signature.length !== SIGNATURE_BYTES) return false;
  try {
    return await crypto.subtle.verify(CRYPTO[key.kty].signAs, key.cryptoKey, signature, data);
  } catch {
    return false;
  }
}

// The permitted values of a JWK's `alg`, in the names of RFC 7518, RFC 8037, RFC 9864 and RFC 9421.
const ALG_NAMES = {
  OKP: ["EdDSA", "Ed25519", "ed25519"],
  RSA: ["PS512", "rsa-pss-sha512"],
  EC: ["ES256", "ecdsa-p256-sha256"],
};

/** The members that make up the public key; undefined if the JWK can't verify. */
export function requiredMembers(jwk: UncheckedJwk): RequiredMembers | undefined {
  const { kty, crv, x, y, n, e } = jwk;
  if (kty === "OKP" && crv === "Ed25519") return isBase64url(x, 32) ? { kty, crv, x } : undefined;
  if (kty === "EC" && crv === "P-256") {
    return isBase64url(x, 32) && isBase64url(y, 32) ? { kty, crv, x, y } : undefined;
  }
  if (kty !== "RSA" || !isBase64url(n) || !isBase64url(e) || e.length > 8) return undefined;
  const bits = Math.floor((n.length * 6) / 8) * 8;
  return bits >= RSA_BITS.least && bits <= RSA_BITS.most ? { kty, n, e } : undefined;
}

function isForVerifying(jwk: UncheckedJwk, { kty }: RequiredMembers): boolean {
  const { use, key_ops: operations, alg } = jwk;
  if (use !== undefined && use !== "sig") return false;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) {
    return false;
  }
  return alg === undefined || (typeof alg === "string" && ALG_NAMES[kty].includes(alg));
}

// Live directories give `nbf` and `exp` in seconds or in milliseconds; 1e11 s is the year 5138.
function seconds(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return value > 1e11 ? value / 1000 : value;
}

function isBase64url(value: unknown, bytes?: number): value is string {
  if (typeof value !== "string" || !/^[\w-]+$/.test(value)) return false;
  return bytes === undefined || value.length === Math.ceil((bytes * 4) / 3);
}
