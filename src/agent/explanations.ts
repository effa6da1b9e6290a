import { INVALID, UNVERIFIED } from "./web-bot-auth/reasons.ts";

/** Why a signature proves nothing, in words. */
export const SIGNATURE_EXPLANATIONS = {
  unsigned: "the request is not signed",
  "verification-failed": "the signature could not be checked: a failure on our side",
  ...INVALID,
  ...UNVERIFIED,
} as const;

/** Why the client's address proves nothing, in words; the most telling reason is the last. */
export const NETWORK_EXPLANATIONS = {
  "no-source": "the bot table has no addresses of the operator",
  "no-list": "no address list of the operator has been fetched yet",
  "no-address": "the client's address is not known",
  "not-in-ranges": "it is in none of the operator's address lists",
  "reverse-dns-unknown": "its name could not be looked up",
  "reverse-dns-refuted": "its name does not belong to the operator",
  "reverse-dns-pending": "its name is being looked up",
} as const;

/** Why the client's address does not prove the bot that the User-Agent names. */
export type NetworkReason = keyof typeof NETWORK_EXPLANATIONS;
