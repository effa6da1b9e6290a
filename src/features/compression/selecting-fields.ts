import { toHex } from "../../http/digest.ts";
import { parseAvailableDictionary } from "../../http/dictionary.ts";
import { originOf, type Exchange } from "../../pipeline/exchange.ts";

/** Fields of a request that needs a decision of its own. */
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

/** Fields that select the response to a usual request, besides the origin server's Vary. */
const CHOSEN_BY = ["accept-encoding", "origin", "sec-fetch-mode", "sec-fetch-site"];

/** Dictionaries by SHA-256 in hexadecimal. */
export type Dictionaries = Pick<ReadonlySet<string>, "has">;

/** The values that select the response to a usual request, besides its target. */
export interface SelectingFields {
  readonly origin: string;
  /** `Available-Dictionary`; all values that name none of these dictionaries are equal. */
  readonly dictionary: string | undefined | { readonly noneOf: Dictionaries };
  /** Values of `CHOSEN_BY`. */
  readonly chosen: readonly (string | undefined)[];
  readonly hasCookie: boolean;
}

/** Whether the request needs a decision of its own. */
export function isUnusual(exchange: Exchange): boolean {
  for (const name of UNUSUAL) if (exchange.field(name) !== undefined) return true;
  return false;
}

/** The values that select the response to this request. @param known undefined for all */
export function selectingFieldsOf(
  exchange: Exchange,
  known: Dictionaries | undefined,
): SelectingFields {
  const dictionary = exchange.field("available-dictionary");
  const isOther = known !== undefined && namesNoneOf(known, dictionary);
  return {
    origin: originOf(exchange),
    dictionary: isOther ? { noneOf: known } : dictionary,
    chosen: CHOSEN_BY.map((name) => exchange.field(name)),
    hasCookie: exchange.field("cookie") !== undefined,
  };
}

/** Whether the response to the other request is also the response to this one. */
export function isSelectedBy(exchange: Exchange, selecting: SelectingFields): boolean {
  const { origin, dictionary, chosen, hasCookie } = selecting;
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
