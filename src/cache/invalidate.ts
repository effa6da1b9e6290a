import type { Fields } from "../http/fields.ts";

/**
 * The targets whose stored responses an unsafe method invalidates (RFC 9111 §4.4): its own, and those of Location and
 * Content-Location on the same site.
 *
 * @param targetOf returns the target of a reference; undefined if it is on another site
 */
export function alsoInvalidated(
  target: string,
  response: Fields,
  targetOf: (reference: string) => string | undefined,
): readonly string[] {
  const found = new Set([target]);
  for (const name of ["location", "content-location"]) {
    const reference = response.get(name);
    const other = reference === undefined ? undefined : targetOf(reference);
    if (other !== undefined) found.add(other);
  }
  return [...found];
}
