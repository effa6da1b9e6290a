import { sha256 } from "../http/digest.ts";
import type { ValidSignature } from "./web-bot-auth/index.ts";
import { toBase64url } from "./web-bot-auth/thumbprint.ts";

/** Stores a key until a time and tells whether it was stored before, in one atomic step. */
type RememberOnce = (key: string, until: number) => Promise<boolean>;

/** Creates the check of nonces for the verifier; a signature without a nonce always passes. */
export function createReplayCheck(
  seen: RememberOnce,
  skew: number,
): (signature: ValidSignature) => Promise<boolean> {
  return async ({ agent, keyid, nonce, expires }) => {
    if (nonce === undefined) return false;
    // After this time the signature itself has expired.
    return seen(await keyOf(agent, keyid, nonce), Math.ceil(expires + skew) + 1);
  };
}

/** A key of bounded length, since clients choose the nonce; the keyid comes first, for sharding. */
async function keyOf(agent: string, keyid: string, nonce: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([agent, nonce]));
  return `${keyid}.${toBase64url(await sha256(bytes))}`;
}
