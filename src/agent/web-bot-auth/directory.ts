import { isObject } from "../../http/json.ts";
import { importVerificationKey, type VerificationKey } from "./keys.ts";

/** The keys of one directory by their RFC 7638 thumbprint, independent of the published `kid`. */
export type KeySet = ReadonlyMap<string, VerificationKey>;

const MOST_KEYS = 32;

/**
 * Reads a JWK Set (RFC 7517 §5) without its unusable keys, or a single JWK, which some agents publish
 * instead; undefined if it is neither.
 */
export async function parseDirectory(
  document: unknown,
  options: { readonly allowTestKeys?: boolean } = {},
): Promise<KeySet | undefined> {
  const jwks = jwksOf(document);
  if (!Array.isArray(jwks) || jwks.length > MOST_KEYS) return undefined;
  const imported = await Promise.all(
    jwks.map((jwk: unknown) => importVerificationKey(jwk, options)),
  );
  const usable = imported.filter((key) => key !== undefined);
  return new Map(usable.map((key) => [key.thumbprint, key]));
}

/** The keys of a document: those of a set, or the one that it is. */
export function jwksOf(document: unknown): unknown {
  if (!isObject(document)) return undefined;
  return document["keys"] === undefined && typeof document["kty"] === "string"
    ? [document]
    : document["keys"];
}
