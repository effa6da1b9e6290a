/** Lets other tasks of the event loop run. */
export function nextTurn(): Promise<void> {
  // Workers may have no setImmediate, which is a millisecond faster.
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** Pages of a site that are processed in one turn; each is matched with the rules. */
export const PAGES_A_TURN = 100;

/** Counts work, to let other requests have their turn after each `most` units of it. */
export class TurnCount {
  readonly #most: number;
  #left: number;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Counts work that was done; true if other requests are to have their turn now. */
  isOver(work = 1): boolean {
    this.#left -= work;
    if (this.#left > 0) return false;
    this.#left = this.#most;
    return true;
  }
}

/** Items that are sorted, or merged, in one turn. */
const SORTED_A_TURN = 1000;

/** Sorts by merging, some items in a turn; items that compare as equal stay in order. */
export async function sortInTurns<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += SORTED_A_TURN) {
    runs.push(items.slice(at, at + SORTED_A_TURN).sort(compare));
    await nextTurn();
  }
  const share = new TurnCount(SORTED_A_TURN);
  const merge = async (left: readonly T[], right: readonly T[]): Promise<readonly T[]> => {
    const merged: T[] = [];
    let [l, r] = [0, 0];
    while (l < left.length && r < right.length) {
      const isLeft = compare(left[l] as T, right[r] as T) <= 0;
      merged.push((isLeft ? left[l++] : right[r++]) as T);
      if (share.isOver()) await nextTurn();
    }
    return merged.concat(left.slice(l), right.slice(r));
  };
  while (runs.length > 1) {
    const longer: (readonly T[])[] = [];
    for (let i = 0; i < runs.length; i += 2) {
      longer.push(await merge(runs[i] ?? [], runs[i + 1] ?? []));
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

/** Bytes of content that are processed in one turn; the costliest HTML takes 10 ms. */
export const BYTES_A_TURN = 32 * 1024;

/** Splits content into pieces for one turn of the event loop each, with a turn between them. */
export function inTurns(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  let rest: Uint8Array | undefined;
  let left = BYTES_A_TURN;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (rest === undefined) {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            return;
          }
          rest = value;
        }
        if (left === 0) {
          await nextTurn();
          left = BYTES_A_TURN;
        }
        const piece = rest.subarray(0, left);
        left -= piece.length;
        rest = piece.length === rest.length ? undefined : rest.subarray(piece.length);
        controller.enqueue(piece);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
