import { splitTarget } from "../../http/target.ts";
import type { SignedMessage, SignedResponse } from "./message.ts";
import { UNAVAILABLE, UNSUPPORTED, type ComponentAbsent } from "./component.ts";
import type { BareItem, Params } from "./structured-field.ts";

/** The value of a derived component (RFC 9421 §2.2); `parsed` gives the request's URL. */
export function deriveComponent(
  message: SignedMessage | SignedResponse,
  name: string,
  params: Params,
  parsed: () => URL | null,
): string | ComponentAbsent {
  for (const key of params.keys()) {
    if (key !== "req" && !(key === "name" && name === "@query-param")) return UNSUPPORTED;
  }
  if ("status" in message) {
    return name === "@status" ? String(message.status) : UNSUPPORTED;
  }
  switch (name) {
    case "@method":
      return message.method;
    case "@authority":
      return withUrl(parsed, (url) => url.host);
    case "@scheme":
      return withUrl(parsed, (url) => url.protocol.slice(0, -1));
    case "@target-uri":
      return withUrl(parsed, (url) => url.origin + target(message, url));
    case "@request-target":
      return withUrl(parsed, (url) => target(message, url));
    case "@path":
      // RFC 9421 §2.2.6: an empty path is "/"; origin-form never has one.
      return withUrl(parsed, (url) => splitTarget(target(message, url)).path);
    case "@query":
      // RFC 9421 §2.2.7: an absent query is "?".
      return withUrl(parsed, (url) => splitTarget(target(message, url)).query || "?");
    case "@query-param":
      return queryParam(message, parsed, params.get("name"));
    default:
      return UNSUPPORTED;
  }
}

// The signature covers the received target, of which the URL parser rewrites some characters.
function target(message: SignedMessage, url: URL): string {
  return message.rawTarget?.startsWith("/") === true
    ? message.rawTarget
    : url.pathname + url.search;
}

function queryParam(
  message: SignedMessage,
  parsed: () => URL | null,
  name: BareItem | undefined,
): string | ComponentAbsent {
  if (name?.type !== "string") return UNSUPPORTED;
  return withUrl(parsed, (url) => {
    const wanted = decodeFormComponent(name.value);
    const values = new URLSearchParams(splitTarget(target(message, url)).query).getAll(wanted);
    // RFC 9421 §2.2.8: a name that occurs more than once must not be used.
    return values.length === 1 ? encodeFormComponent(values[0] ?? "") : undefined;
  });
}

function decodeFormComponent(encoded: string): string {
  const params = new URLSearchParams(`n=${encoded.replaceAll("&", "%26")}`);
  return params.get("n") ?? "";
}

// RFC 9421 §2.2.8: the form serialiser's percent-encode set, with a space as %20.
function encodeFormComponent(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1).replaceAll("+", "%20");
}

function withUrl(parsed: () => URL | null, read: (url: URL) => string | undefined) {
  const url = parsed();
  return (url === null ? undefined : read(url)) ?? UNAVAILABLE;
}
