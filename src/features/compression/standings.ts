import { BoundedCache } from "../../memory/bounded-cache.ts";
import { ExchangeValue } from "../../pipeline/exchange-value.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Context } from "./context.ts";
import type { Standing, Used } from "./group-state.ts";
import type { Offer } from "./offer.ts";

/** The most versions that a process counts at a time. */
const MOST_COUNTED = 20_000;

interface Counted {
  /** The network that fetched it first. */
  readonly network: string;
  readonly standing: Standing;
}

/** Counts the clients that fetch or use versions of groups, each request once. */
export class Standings {
  readonly #counted = new BoundedCache<Counted>({
    name: "counts",
    max: MOST_COUNTED,
    sizeOf: ({ network }) => 2 * network.length,
  });
  readonly #of = new ExchangeValue<string[]>();

  /**
   * Counts a request.
   *
   * @param network of its client
   * @returns the standing of the version after it, as far as this process knows
   */
  count(exchange: Exchange, network: string, group: string, hash: string): Standing {
    const key = `${group}/${hash}`;
    const before = this.#counted.get(key);
    const known = this.#of.get(exchange);
    if (before !== undefined && known?.includes(key) === true) return before.standing;
    if (known === undefined) this.#of.set(exchange, [key]);
    else known.push(key);
    const standing = before === undefined ? 0 : before.network === network ? 1 : 2;
    const highest = before !== undefined && before.standing > standing ? before.standing : standing;
    this.#counted.set(key, { network: before?.network ?? network, standing: highest });
    return highest;
  }
}

/** Records that a client fetched a version that may serve as a dictionary. */
export function noteSeen(exchange: Exchange, offer: Offer, seen: string, context: Context): void {
  if (offer.kind === "eligible" && offer.isDictionary) noteUse(exchange, offer, { seen }, context);
}

/** Records that a client fetched a version, or had a usable dictionary and got a delta. */
export function noteUse(
  exchange: Exchange,
  { group, bounds }: Offer & { kind: "eligible" },
  used: Omit<Used, "standing">,
  { groups, standings, causedBy }: Context,
): void {
  const hash = used.dictionary ?? used.seen ?? "";
  const standing = standings.count(exchange, causedBy(exchange), group, hash);
  exchange.background(groups.stamp(group, { ...used, standing }, bounds.ttl));
}
