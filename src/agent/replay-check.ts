import { sha256 } from "../http/digest.ts";
import type { ValidSignature } from "./web-bot-auth/index.ts";
import { toBase64url } from "./web-bot-auth/thumbprint.ts";

/** Remembers a key until a time, and says whether it was there; one atomic step. */
export type RememberOnce = (key: string, until: number) => Promise<boolean>;

/**
 * The check of nonces for the verifier: a signature without a nonce can't be distinguished from its
 * replay.
 */
export function createReplayCheck(
  seen: RememberOnce,
  skew: number,
): (signature: ValidSignature) => Promise<boolean> {
  return async ({ agent, keyid, nonce, expires }) => {
    if (nonce === undefined) return false;
    // Beyond this the signature itself is too old, so the nonce may be forgotten.
    return seen(await keyOf(agent, keyid, nonce), Math.ceil(expires + skew) + 1);
  };
}

/** A digest, so that no client decides how much is stored of it; the key comes first, for sharding. */
async function keyOf(agent: string, keyid: string, nonce: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([agent, nonce]));
  return `${keyid}.${toBase64url(await sha256(bytes))}`;
}
