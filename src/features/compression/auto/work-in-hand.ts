import { elapsed } from "./budget.ts";

/** What a process is at, so that it takes on no more than it can hold. */
export interface WorkInHand {
  /** Takes work for a key on; false where it is in hand already, or too much is. */
  begin(key: string, bytes: number): boolean;
  end(key: string): void;
  has(key: string): boolean;
}

/** Seconds after which work counts as lost: a platform may end it without a word. */
const LOST = 300;

/**
 * @param mostBytes of all work together, unless it is only one
 * @param now seconds since the epoch
 */
export function workInHand(mostBytes: number, now: () => number): WorkInHand {
  const work = new Map<string, { readonly at: number; readonly bytes: number }>();
  const isLost = ({ at }: { readonly at: number }): boolean => elapsed(now(), at) >= LOST;

  return {
    begin(key, bytes) {
      let sum = bytes;
      for (const [each, item] of work) {
        if (isLost(item)) work.delete(each);
        else sum += item.bytes;
      }
      if (work.has(key) || (work.size > 0 && sum > mostBytes)) return false;
      work.set(key, { at: now(), bytes });
      return true;
    },
    end(key) {
      work.delete(key);
    },
    has(key) {
      const item = work.get(key);
      return item !== undefined && !isLost(item);
    },
  };
}
