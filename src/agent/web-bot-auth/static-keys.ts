import { jwksOf, parseDirectory, type KeySet } from "./directory.ts";
import { locateDirectory } from "./directory-url.ts";
import type { KeyLookup, KeySource } from "./key-source.ts";

const UNKNOWN: KeyLookup = { kind: "missing", reason: "unknown-key" };
const NO_AGENT: KeyLookup = { kind: "missing", reason: "no-signature-agent" };

/**
 * Reads keys for offline verification: a JWK Set that applies to every agent, or an object from
 * agent URL to JWK Set. Undefined if the document is neither.
 */
export async function staticKeys(
  document: unknown,
  options: { readonly allowTestKeys?: boolean } = {},
): Promise<KeySource | undefined> {
  if (typeof document !== "object" || document === null) return undefined;
  if (Array.isArray(jwksOf(document))) {
    const keys = await parseDirectory(document, options);
    if (keys === undefined) return undefined;
    const find = (keyid: string): KeyLookup => lookUp(keys, keyid);
    return { find: (_, keyid) => find(keyid), findForAnyAgent: find };
  }
  const byAgent = new Map<string, KeySet>();
  for (const [agent, jwks] of Object.entries(document)) {
    const location = locateDirectory(agent, undefined);
    const keys = await parseDirectory(jwks, options);
    if (typeof location !== "object" || keys === undefined) return undefined;
    byAgent.set(location.agent, keys);
  }
  return {
    find: ({ agent }, keyid) => lookUp(byAgent.get(agent), keyid),
    findForAnyAgent: () => NO_AGENT,
  };
}

function lookUp(keys: KeySet | undefined, keyid: string): KeyLookup {
  const key = keys?.get(keyid);
  return key === undefined ? UNKNOWN : { kind: "found", key };
}
