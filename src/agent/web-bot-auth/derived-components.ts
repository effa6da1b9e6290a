import { splitTarget } from "../../http/target.ts";
import type { SignedMessage, SignedResponse } from "./message.ts";
import { UNAVAILABLE, UNSUPPORTED, type ComponentAbsent } from "./component.ts";
import { targetOf, type TargetReading } from "./target-readings.ts";
import type { BareItem, Params } from "./structured-field.ts";

/** The target of a request: its parsed URL, and the spelling that is read. */
export interface TargetSource {
  /** The URL; null if it is none. */
  readonly url: () => URL | null;
  /** @default the target as received */
  readonly reading?: TargetReading | undefined;
}

/** The value of a derived component (RFC 9421 §2.2). */
export function deriveComponent(
  message: SignedMessage | SignedResponse,
  name: string,
  params: Params,
  source: TargetSource,
): string | ComponentAbsent {
  const { url: parsed, reading } = source;
  for (const key of params.keys()) {
    if (key !== "req" && !(key === "name" && name === "@query-param")) return UNSUPPORTED;
  }
  if ("status" in message) {
    return name === "@status" ? String(message.status) : UNSUPPORTED;
  }
  const target = (url: URL): string => reading?.target ?? targetOf(message, url);
  switch (name) {
    case "@method":
      return message.method;
    case "@authority":
      return withUrl(parsed, (url) => url.host);
    case "@scheme":
      return withUrl(parsed, (url) => url.protocol.slice(0, -1));
    case "@target-uri":
      return withUrl(parsed, (url) => url.origin + (reading?.uri ?? targetOf(message, url)));
    case "@request-target":
      return withUrl(parsed, (url) => target(url));
    case "@path":
      // RFC 9421 §2.2.6: an empty path is "/"; origin-form never has one.
      return withUrl(parsed, (url) => splitTarget(target(url)).path);
    case "@query":
      // RFC 9421 §2.2.7: an absent query is "?".
      return withUrl(
        parsed,
        (url) => splitTarget(target(url)).query || (reading?.absentQuery ?? "?"),
      );
    case "@query-param":
      return withUrl(parsed, (url) => {
        const { query } = splitTarget(target(url));
        return queryParam(query, reading?.queryParam, params.get("name"));
      });
    default:
      return UNSUPPORTED;
  }
}

function queryParam(
  query: string,
  encoding: TargetReading["queryParam"],
  name: BareItem | undefined,
): string | ComponentAbsent {
  if (name?.type !== "string") return UNSUPPORTED;
  const wanted = decodeFormComponent(name.value);
  const values = new URLSearchParams(query).getAll(wanted);
  // RFC 9421 §2.2.8: a name that occurs more than once must not be used.
  const [value] = values;
  if (value === undefined || values.length > 1) return UNAVAILABLE;
  return encoding === "component" ? encodeURIComponent(value) : encodeFormComponent(value);
}

function decodeFormComponent(encoded: string): string {
  const params = new URLSearchParams(`n=${encoded.replaceAll("&", "%26")}`);
  return params.get("n") ?? "";
}

// RFC 9421 §2.2.8: the form serialiser's percent-encode set, with a space as %20.
function encodeFormComponent(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1).replaceAll("+", "%20");
}

function withUrl(
  parsed: () => URL | null,
  read: (url: URL) => string | ComponentAbsent,
): string | ComponentAbsent {
  const url = parsed();
  return url === null ? UNAVAILABLE : read(url);
}
