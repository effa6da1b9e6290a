import { originOf, type Exchange } from "../../pipeline/exchange.ts";

/** Fields that make a request one of its own. */
const UNUSUAL = [
  "authorization",
  "cache-control",
  "pragma",
  "content-length",
  "transfer-encoding",
  "range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
];

/** What an answer to any other request is chosen by, besides what the origin's Vary names. */
const CHOSEN_BY = [
  "available-dictionary",
  "accept-encoding",
  "origin",
  "sec-fetch-mode",
  "sec-fetch-site",
];

/** All that the answer to a request without unusual fields is chosen by, besides its target. */
export interface Asked {
  readonly origin: string;
  /** Values of `CHOSEN_BY`. */
  readonly chosen: readonly (string | undefined)[];
  readonly hasCookie: boolean;
}

/** Whether the request is to be looked at by itself. */
export function isUnusual(exchange: Exchange): boolean {
  for (const name of UNUSUAL) if (exchange.field(name) !== undefined) return true;
  return false;
}

/** What the answer to this request is chosen by. */
export function askedBy(exchange: Exchange): Asked {
  return {
    origin: originOf(exchange),
    chosen: CHOSEN_BY.map((name) => exchange.field(name)),
    hasCookie: exchange.field("cookie") !== undefined,
  };
}

/** Whether the answer to another request is this one's, too. */
export function isAskedBy(exchange: Exchange, { origin, chosen, hasCookie }: Asked): boolean {
  for (let i = 0; i < CHOSEN_BY.length; i++) {
    if (exchange.field(CHOSEN_BY[i] as string) !== chosen[i]) return false;
  }
  return origin === originOf(exchange) && hasCookie === (exchange.field("cookie") !== undefined);
}
