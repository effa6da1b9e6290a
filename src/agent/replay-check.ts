import { sha256 } from "../http/digest.ts";
import type { ReplayStore } from "../store/replay.ts";
import type { ValidSignature } from "./web-bot-auth/index.ts";
import { toBase64url } from "./web-bot-auth/thumbprint.ts";

/**
 * Creates the check of nonces for the verifier; a signature without a nonce always passes.
 *
 * @param expiresGrace seconds for which a signature is accepted after its end
 */
export function createReplayCheck(
  store: ReplayStore,
  expiresGrace: number,
): (signature: ValidSignature) => Promise<boolean> {
  return async ({ agent, keyid, nonce, expires }) => {
    if (nonce === undefined) return false;
    // After this time the signature itself has expired.
    return store.seen(await keyOf(agent, keyid, nonce), Math.ceil(expires + expiresGrace) + 1);
  };
}

/** A key of bounded length, since clients choose the nonce; the keyid comes first, for sharding. */
async function keyOf(agent: string, keyid: string, nonce: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([agent, nonce]));
  return `${keyid}.${toBase64url(await sha256(bytes))}`;
}
