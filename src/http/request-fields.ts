import { isForwardedField } from "./forwarded.ts";
import { hopByHop, isHopByHop } from "./hop-by-hop.ts";
import { remembering } from "./remember.ts";

/** Fields that the proxy always writes or removes for the origin server. */
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
 * Tells which lower-case field names of a request don't go on to the origin server. A server that
 * gives fields to programs as variables (RFC 3875 §4.1.18) can't tell `X_Forwarded_For` from
 * `X-Forwarded-For`: another spelling of a name that is ours to write or to drop is dropped, too.
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

/** Whether a field stays here, whatever `Connection` says. */
function isWithheld(name: string): boolean {
  return (
    isOwnField(name) ||
    // Host is the origin client's to set, and Expect is answered here (RFC 9110 §10.1.1).
    name === "host" ||
    name === "expect" ||
    ROUTING.has(name) ||
    (!PLAIN.test(name) && isReserved(name.replaceAll(ODD, "-")))
  );
}

/**
 * Some frameworks route by these instead of the target: the request would reach a path to which no
 * rule was applied.
 */
const ROUTING: ReadonlySet<string> = new Set(["x-original-url", "x-rewrite-url"]);

/** Letters, digits and hyphens mean themselves alone in the name of a variable. */
const PLAIN = /^[a-z0-9-]*$/;
const ODD = /[^a-z0-9-]/g;

function isReserved(name: string): boolean {
  const isOurs = isHopByHop(name) || isOwnField(name) || isForwardedField(name);
  return isOurs || REWRITTEN.has(name) || ROUTING.has(name);
}

/** Fields that only the proxy writes: a client's own are always removed. */
export function isOwnField(name: string): boolean {
  return name.startsWith("wayleave-") || name.startsWith("x-wayleave-");
}
