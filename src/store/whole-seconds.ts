/** The longest time to live, in seconds; larger values could overflow a store's dates. */
const LONGEST = 10 * 365 * 86_400;

/** A time to live as whole seconds from 0 to ten years; anything but a number is 0. */
export function wholeSeconds(ttl: number): number {
  return ttl > 0 ? Math.ceil(Math.min(ttl, LONGEST)) : 0;
}
