import type { ReferrerEvent } from "./event.ts";
import { referrerAt } from "./referrer-hosts.ts";

const NONE: ReferrerEvent = { class: "none" };
const OWN: ReferrerEvent = { class: "own" };
const OTHER: ReferrerEvent = { class: "other" };

/** Characters of an address that are read; the host is at its beginning. */
const LONGEST = 300;

/**
 * The kind of site that a Referer names.
 *
 * @param host of the request, in lower case
 */
export function classifyReferrer(referrer: string | undefined, host: string): ReferrerEvent {
  if (referrer === undefined || referrer === "") return NONE;
  const [, found = ""] = AUTHORITY.exec(referrer.slice(0, LONGEST)) ?? [];
  const from = found.toLowerCase();
  if (from === "") return OTHER;
  if (from === host) return OWN;
  return referrerAt(from.replace(/:\d{1,5}$/, "")) ?? OTHER;
}

/** The authority of a web address, or the app of an Android app's address; without user information. */
const AUTHORITY = /^(?:https?|android-app):\/\/([^\s/?#@]+)(?:[/?#]|$)/i;
