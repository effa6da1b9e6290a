import type { Component } from "./component.ts";
import type { SignedMessage } from "./message.ts";

const READS_QUERY = new Set(["@target-uri", "@request-target", "@query"]);

/**
 * The request as its sender may have spelled it, where only the URL is known: its parser writes an apostrophe
 * in a query as %27, which many clients send and sign as it is. Undefined where that makes no difference.
 */
export function otherReading(
  message: SignedMessage,
  components: readonly Component[],
): SignedMessage | undefined {
  if (message.rawTarget !== undefined) return undefined;
  if (!components.some(({ name }) => READS_QUERY.has(name))) return undefined;
  const url = URL.parse(message.url);
  if (url === null || !url.search.includes("%27")) return undefined;
  return {
    method: message.method,
    url: message.url,
    rawTarget: url.pathname + url.search.replaceAll("%27", "'"),
    field: (name) => message.field(name),
  };
}
