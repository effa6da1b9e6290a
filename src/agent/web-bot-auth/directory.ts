import { importVerificationKey, type KeyRefusal, type VerificationKey } from "./keys.ts";

/** The keys of one directory by their RFC 7638 thumbprint, independent of the published `kid`. */
export type KeySet = ReadonlyMap<string, VerificationKey>;

interface Directory {
  readonly keys: KeySet;
  /** Why the other entries may not be used. */
  readonly refused: readonly KeyRefusal[];
}

const MOST_KEYS = 32;

/** Reads a JWK Set (RFC 7517 §5) without its unusable keys; undefined if the document is no JWK Set. */
export async function parseDirectory(
  document: unknown,
  options: { readonly allowTestKeys?: boolean } = {},
): Promise<Directory | undefined> {
  const jwks =
    typeof document === "object" && document !== null && "keys" in document
      ? document.keys
      : undefined;
  if (!Array.isArray(jwks) || jwks.length > MOST_KEYS) return undefined;
  const keys = new Map<string, VerificationKey>();
  const refused: KeyRefusal[] = [];
  for (const imported of await Promise.all(
    jwks.map((jwk: unknown) => importVerificationKey(jwk, options)),
  )) {
    if (imported.kind === "key") keys.set(imported.key.thumbprint, imported.key);
    else refused.push(imported.reason);
  }
  return { keys, refused };
}

/** Parses JSON; undefined if the text is malformed. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
