import { isFromOwnCache, selectingFields } from "../../cache/derived.ts";
import { isSelected } from "../../cache/vary.ts";
import type { Fields } from "../../http/fields.ts";
import { acceptedCodings } from "../../http/negotiate.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { ResponseHead } from "../../pipeline/stage.ts";
import type { Resource } from "./resources.ts";

/** Facts that distinguish versions of a URL: some origin servers set the entity tag wrongly. */
export function factsOf(exchange: Exchange, { fields }: ResponseHead): string | undefined {
  const etag = fields.get("etag");
  if (etag === undefined) return undefined;
  const others = ["last-modified", "content-type", "content-language"];
  const varying = selectingFields(fields, (name) => exchange.field(name));
  if (varying === undefined) return undefined;
  return JSON.stringify([etag, ...others.map((name) => fields.get(name)), varying]);
}

/**
 * Whether a response from our own cache says no more than a resource, which another one has confirmed in
 * the same second.
 *
 * @param hash of the response's content
 * @param now seconds since the epoch
 */
export function isJustConfirmed(
  known: Resource | undefined,
  hash: string,
  fields: Fields,
  exchange: Exchange,
  now: number,
): boolean {
  if (known?.plain === undefined || known.content !== hash || known.confirmedAt !== now)
    return false;
  const field = (name: string) => exchange.field(name);
  if (!isFromOwnCache(fields) || !isSelected(known.selecting, { get: field })) return false;
  const { accepts } = known;
  return accepts === undefined || accepts === acceptedCodings(field("accept-encoding"));
}
