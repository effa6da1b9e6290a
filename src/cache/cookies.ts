import { parseMediaType } from "../http/media-type.ts";
import type { Fields } from "../http/fields.ts";

/** Destinations of subresources, which origins do not write for one client (Fetch §2.2.5). */
const STATIC_DESTINATIONS = new Set(
  "script style font image audio video track worker sharedworker serviceworker manifest".split(" "),
);

const STATIC_TYPE =
  /^(?:font\/|image\/|audio\/|video\/|text\/(?:css|javascript)$|application\/(?:javascript|x-javascript|wasm|font-.*|vnd\.ms-fontobject|pdf|zip|gzip|octet-stream)$)/;

/**
 * Whether a request with cookies may get a response stored for other clients. Origin servers make
 * pages and data for one client without saying so, but not scripts, styles, fonts and media. The
 * browser's destination decides; the media type of the response must fit in any case.
 */
export function isSharedDespiteCookies(request: Pick<Fields, "get">, response: Fields): boolean {
  const type = parseMediaType(response.get("content-type"));
  if (type === undefined || !STATIC_TYPE.test(type.essence)) return false;
  const destination = request.get("sec-fetch-dest");
  return (
    destination === undefined || destination === "empty" || STATIC_DESTINATIONS.has(destination)
  );
}
