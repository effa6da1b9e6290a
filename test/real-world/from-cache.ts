import { splitList } from "../../src/http/list.ts";
import { valueOf, type Asked, type Got } from "./client.ts";
import type { Pair } from "./permitted.ts";

/** Whether the proxy answered with a stored response. */
export function isHit({ isOn, through }: Pick<Pair, "isOn" | "through">): boolean {
  return (
    isOn &&
    /^wayleave; (?:hit\b|fwd=miss; collapsed)/.test(valueOf(through.lines, "cache-status") ?? "")
  );
}

/** Whether the proxy answered with a stored response, which the origin server may have confirmed. */
export function isFromCache(pair: Pick<Pair, "isOn" | "through">): boolean {
  const status = valueOf(pair.through.lines, "cache-status") ?? "";
  return isHit(pair) || (pair.isOn && /; (?:fwd-status=304|detail=if-error)$/.test(status));
}

/**
 * The request without its `If-None-Match`, if the origin server took that for met and our cache did not.
 * Apache accepts the tag of the plain file where it would send a coded one; a cache compares the tag of
 * the response that it has stored and sends that, which is then what the origin server sends without the field.
 */
export function withoutOtherTag(pair: Pair): Asked | undefined {
  const { asked, direct, through } = pair;
  const { "If-None-Match": tags, ...fields } = asked.fields ?? {};
  if (tags === undefined || !isHit(pair)) return undefined;
  if (direct.status !== 304 || through.status !== 200) return undefined;
  const own = opaque(valueOf(through.lines, "etag") ?? "");
  const isNamed = splitList(tags).some((tag) => tag === "*" || opaque(tag) === own);
  return isNamed ? undefined : { ...asked, fields };
}

const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");

/** The GET whose length a stored response states for a HEAD (RFC 9110 §9.3.2), which no `Range` concerns. */
export function getOfHead(pair: Pair): Asked | undefined {
  const { asked, through } = pair;
  if (asked.method !== "HEAD" || through.status !== 200 || !isHit(pair)) return undefined;
  const { Range: _, ...fields } = asked.fields ?? {};
  return { ...asked, method: "GET", fields };
}

/** Bytes of the contents among `gets` that have the coding of `head`. */
export function lengthsLike(head: Got, gets: readonly (Got | Error)[]): readonly number[] {
  const coding = valueOf(head.lines, "content-encoding");
  return gets
    .filter((get): get is Got => !(get instanceof Error))
    .filter(({ status, lines }) => status === 200 && valueOf(lines, "content-encoding") === coding)
    .map(({ content }) => content.length);
}
