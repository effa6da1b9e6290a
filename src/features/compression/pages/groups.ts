import { BoundedCache } from "../../../memory/bounded-cache.ts";
import type { DeltaCoding } from "../decide.ts";
import { Groups, type StoredDelta } from "../dictionary-groups.ts";
import { deltaKey } from "../group-state.ts";

/** The beginning of the name in stores of each group of pages. */
export const PAGES_KIND = "pages";

/** Milliseconds for which the delta of a page stays in memory, and the most of them. */
const KNOWN_FOR = 3_600_000;
const MOST = 5000;

/**
 * Match groups, of which those of pages have their deltas in memory alone: a site has more pages
 * than a store has room for, and many of them are never the same again.
 */
export class GroupsWithPages extends Groups {
  readonly #deltas = new BoundedCache<StoredDelta | "useless">({
    name: "content",
    max: MOST,
    ttl: KNOWN_FOR,
    sizeOf: (made) => (made === "useless" ? 0 : made.delta.byteLength),
  });

  override delta(...args: Parameters<Groups["delta"]>): ReturnType<Groups["delta"]> {
    const [group, , content, dictionary, codings] = args;
    if (!isOfPages(group)) return super.delta(...args);
    const keyOf = (coding: DeltaCoding): string => deltaKey(content, dictionary, coding);
    return codings
      .map((coding) => this.#deltas.get(`${group}/${keyOf(coding)}`))
      .find((made) => made !== undefined);
  }

  override async hasRoom(...args: Parameters<Groups["hasRoom"]>): Promise<boolean> {
    return isOfPages(args[0]) || super.hasRoom(...args);
  }

  override async storeDelta(...args: Parameters<Groups["storeDelta"]>): Promise<void> {
    const [group, { content, dictionary, coding }, delta] = args;
    if (!isOfPages(group)) return super.storeDelta(...args);
    const made = delta === undefined ? "useless" : ({ coding, delta } as const);
    this.#deltas.set(`${group}/${deltaKey(content, dictionary, coding)}`, made);
  }
}

function isOfPages(group: string): boolean {
  return group.startsWith(`${PAGES_KIND}/`);
}
