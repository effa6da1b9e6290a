/** Longer lives are cut, in seconds: no store has to reckon with what is no date any more. */
const LONGEST = 10 * 365 * 86_400;

/** A time to live as whole seconds from 0 to ten years; what is no number is none. */
export function wholeSeconds(ttl: number): number {
  return ttl > 0 ? Math.ceil(Math.min(ttl, LONGEST)) : 0;
}
