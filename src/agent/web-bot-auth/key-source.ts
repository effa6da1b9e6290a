import type { DirectoryLocation } from "./directory-url.ts";
import type { VerificationKey } from "./keys.ts";
import type { UnverifiedReason } from "./reasons.ts";
import type { Awaitable } from "../../timing/and-then.ts";

export type KeyLookup =
  | { readonly kind: "found"; readonly key: VerificationKey }
  | { readonly kind: "missing"; readonly reason: UnverifiedReason };

/** Finds a key by the pair of directory and keyid, never by keyid alone. */
export interface KeySource {
  find(directory: DirectoryLocation, keyid: string): Awaitable<KeyLookup>;
  /** For keys that were given for every agent: answers a message that names none. */
  findForAnyAgent?(keyid: string): Awaitable<KeyLookup>;
}
