import { toHex } from "../../http/digest.ts";
import { parseAvailableDictionary } from "../../http/dictionary.ts";
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

/** What a response to any other request is chosen by, besides what the origin's Vary names. */
const CHOSEN_BY = ["accept-encoding", "origin", "sec-fetch-mode", "sec-fetch-site"];

/** Dictionaries by SHA-256 in hexadecimal. */
export interface Dictionaries {
  has(hash: string): boolean;
}

/** All that the response to a request without unusual fields is chosen by, besides its target. */
export interface SelectingFields {
  readonly origin: string;
  /** The value of `Available-Dictionary`, or any that names none of these. */
  readonly dictionary: string | undefined | { readonly noneOf: Dictionaries };
  /** Values of `CHOSEN_BY`. */
  readonly chosen: readonly (string | undefined)[];
  readonly hasCookie: boolean;
}

/** Whether the request is to be looked at by itself. */
export function isUnusual(exchange: Exchange): boolean {
  for (const name of UNUSUAL) if (exchange.field(name) !== undefined) return true;
  return false;
}

/**
 * What the response to this request is chosen by.
 *
 * @param known dictionaries: what a client offers besides makes no difference; undefined if it may
 */
export function askedBy(exchange: Exchange, known: Dictionaries | undefined): SelectingFields {
  const dictionary = exchange.field("available-dictionary");
  const isOther = known !== undefined && namesNoneOf(known, dictionary);
  return {
    origin: originOf(exchange),
    dictionary: isOther ? { noneOf: known } : dictionary,
    chosen: CHOSEN_BY.map((name) => exchange.field(name)),
    hasCookie: exchange.field("cookie") !== undefined,
  };
}

/** Whether the response to another request is this one's, too. */
export function isAskedBy(exchange: Exchange, asked: SelectingFields): boolean {
  const { origin, dictionary, chosen, hasCookie } = asked;
  for (let i = 0; i < CHOSEN_BY.length; i++) {
    if (exchange.field(CHOSEN_BY[i] as string) !== chosen[i]) return false;
  }
  if (origin !== originOf(exchange) || hasCookie !== (exchange.field("cookie") !== undefined)) {
    return false;
  }
  const offered = exchange.field("available-dictionary");
  return typeof dictionary === "object"
    ? namesNoneOf(dictionary.noneOf, offered)
    : offered === dictionary;
}

function namesNoneOf(known: Dictionaries, offered: string | undefined): boolean {
  const hash = parseAvailableDictionary(offered);
  return hash !== undefined && !known.has(toHex(hash));
}
