import { isForwardedField } from "./forwarded.ts";
import { hopByHop, isHopByHop } from "./hop-by-hop.ts";
import { remembering } from "./remember.ts";

/** Fields that the proxy itself sets or removes for the origin server. */
const REWRITTEN = new Set([
  "host",
  "expect",
  "via",
  "max-forwards",
  "content-length",
  "content-encoding",
  "accept-encoding",
  "available-dictionary",
  "dictionary-id",
  "range",
  "if-range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
]);

/**
 * Tests which lower-case request fields are not forwarded: also other spellings of a field that the
 * proxy sets or removes, since servers confuse them in variables (RFC 3875 §4.1.18).
 *
 * @param connection the value of `Connection`
 * @param trustsForwarded whether trusted proxies state how the request was made
 */
export function notForwarded(
  connection: string | undefined,
  trustsForwarded: boolean,
): (name: string) => boolean {
  const isListed = hopByHop(connection);
  const isWithheld = trustsForwarded ? isWithheldIfTrusted : isWithheldIfUntrusted;
  return (name) => isListed(name) || isWithheld(name);
}

const isWithheldIfUntrusted = remembering((name) => isForwardedField(name) || isWithheld(name));
const isWithheldIfTrusted = remembering(isWithheld);

/** Whether a field is not forwarded, whatever `Connection` says. */
function isWithheld(name: string): boolean {
  return (
    isOwnField(name) ||
    // The origin client sets Host, and the proxy itself answers Expect (RFC 9110 §10.1.1).
    name === "host" ||
    name === "expect" ||
    ROUTING.has(name) ||
    (!PLAIN.test(name) && isReserved(name.replaceAll(ODD, "-")))
  );
}

/** Fields by which frameworks route instead of the target, to a path with other rules. */
const ROUTING: ReadonlySet<string> = new Set(["x-original-url", "x-rewrite-url"]);

/** Names that a server can't confuse with another name when it makes variables of fields. */
const PLAIN = /^[a-z0-9-]*$/;
const ODD = /[^a-z0-9-]/g;

/** Whether the proxy itself sets or removes this field of requests, by lower-case name. */
export function isReserved(name: string): boolean {
  const isOurs = isHopByHop(name) || isOwnField(name) || isForwardedField(name);
  return isOurs || REWRITTEN.has(name) || ROUTING.has(name);
}

/** Whether only the proxy writes this field; a client's own is always removed. */
export function isOwnField(name: string): boolean {
  return name.startsWith("wayleave-") || name.startsWith("x-wayleave-");
}
