import type { DirectoryLocation } from "./directory-url.ts";
import type { VerificationKey } from "./keys.ts";
import type { UnverifiedReason } from "./reasons.ts";
import type { Awaitable } from "../../timing/and-then.ts";

export type KeyLookup =
  | { readonly kind: "found"; readonly key: VerificationKey }
  | { readonly kind: "missing"; readonly reason: UnverifiedReason };

/** Finds a key by directory and keyid together. */
export interface KeySource {
  find(directory: DirectoryLocation, keyid: string): Awaitable<KeyLookup>;
  /** Finds a key that the operator has given for its thumbprint, whatever agent the message names. */
  findPinned?(keyid: string): Awaitable<VerificationKey | undefined>;
  /** Finds a key for a message that names no agent; given only if the keys apply to every agent. */
  findForAnyAgent?(keyid: string): Awaitable<KeyLookup>;
}
