/**
 * The value that the outermost trusted proxy wrote into a list that every proxy appends to
 * (X-Forwarded-For and its kin); undefined where no proxy is trusted or too few have written.
 *
 * @param hops how many proxies in front of us are trusted
 */
export function trustedMember(value: string | undefined, hops: number): string | undefined {
  if (hops === 0 || value === undefined) return undefined;
  // These lists know no quoted strings: a stray quote of the client's must not swallow what follows.
  return value
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "")
    .at(-hops);
}
