import type { Exchange } from "./exchange.ts";

/** Statuses whose Location a client follows (RFC 9110 §15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The outcome in place of such a redirect: the answer stays as it is. */
export const TO_ITSELF = { kind: "declined", reason: "redirect-to-itself" } as const;

/** The Location field among field lines. */
export function locationIn(
  lines: readonly (readonly [name: string, value: string])[] | undefined,
): string | undefined {
  return lines?.find(([name]) => name.toLowerCase() === "location")?.[1];
}

/**
 * Whether a response redirects a client to the requested URL, an endless loop. Compares URLs as clients
 * do: without fragment, host and port normalized.
 *
 * @param location as in the field, relative to the target URI
 */
export function leadsToItself(
  status: number,
  location: string | undefined,
  request: Pick<Exchange, "method" | "url">,
): boolean {
  if (location === undefined || !REDIRECTS.has(status)) return false;
  // After another method, a 303 to the same URL shows the result (RFC 9110 §15.4.4).
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  // Read last: the exchange of a request builds its URL when it is read.
  const { url } = request;
  const to = URL.parse(location, url);
  return (
    to !== null && to.origin === url.origin && to.pathname + to.search === url.pathname + url.search
  );
}
