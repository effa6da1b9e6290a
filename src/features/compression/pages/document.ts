import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { formatUseAsDictionary } from "../../../http/dictionary.ts";
import { codingWeight } from "../../../http/negotiate.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { OwnedDocument } from "../../../pipeline/own-documents.ts";
import type { OwnResponse } from "../../../pipeline/stage.ts";
import type { Context } from "../context.ts";
import { ADDRESS, hashIn, PAGES, PAGES_GROUP, STORED_FOR } from "./address.ts";
import { PAGES_BOUNDS } from "./learning.ts";

/** The fields of a dictionary in every coding. Browsers must not take it for a page. */
const FIELDS: OwnResponse["fields"] = [
  ["content-type", "application/octet-stream"],
  ["cache-control", `public, max-age=${STORED_FOR.browsers}, immutable`],
  ["use-as-dictionary", formatUseAsDictionary(PAGES)],
  ["vary", "Accept-Encoding"],
  ["x-content-type-options", "nosniff"],
  ["content-security-policy", "default-src 'none'; sandbox"],
];

/** Serves the dictionaries of pages, also those that pages named before. */
export function dictionaryDocument({ groups, groupId, plain }: Context): OwnedDocument {
  const coded = new BoundedCache<Uint8Array<ArrayBuffer>>({
    name: "content",
    max: 100,
    sizeOf: ({ byteLength }) => byteLength,
  });

  async function codedFor(exchange: Exchange, hash: string, content: Uint8Array<ArrayBuffer>) {
    const accepted = exchange.field("accept-encoding");
    const codec = plain.find(({ coding }) => codingWeight(accepted, coding) > 0);
    if (codec === undefined) return { content, coding: undefined };
    const key = `${hash} ${codec.coding}`;
    const known = coded.get(key);
    if (known !== undefined) return { content: known, coding: codec.coding };
    const made = await codec.encode(content, "best");
    coded.set(key, made);
    return { content: made, coding: codec.coding };
  }

  return {
    owner: "ours",
    at: ADDRESS,
    async make(exchange): Promise<OwnResponse | undefined> {
      const hash = hashIn(exchange.target);
      const group = await groupId(exchange, PAGES_GROUP);
      const content = await groups.dictionary(group, hash);
      if (content === undefined) return undefined;
      // It stays stored for as long as this client can have it.
      exchange.background(groups.storeDictionary(group, hash, content, PAGES_BOUNDS, 2));
      const { content: sent, coding } = await codedFor(exchange, hash, content);
      const fields =
        coding === undefined ? FIELDS : [...FIELDS, ["content-encoding", coding] as const];
      return { status: 200, fields, content: sent, before: content.length };
    },
  };
}
