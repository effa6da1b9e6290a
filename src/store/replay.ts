/** Stores nonces, which may be used only once; all processes of a site share it. */
export interface ReplayStore {
  /**
   * Stores a key and tells whether it was stored before, in one atomic step.
   *
   * @param until seconds since the epoch, after which the key may be removed
   */
  seen(key: string, until: number): Promise<boolean>;
  /** Resolves once it is closed, if it returns a promise. */
  close?(): unknown;
}

/** Creates a replay store in memory, for tests and for sites of one process. */
export function memoryReplay(now: () => number): ReplayStore {
  const known = new Map<string, number>();
  const sweep = sweeping((time) => {
    for (const [each, end] of known) if (end <= time) known.delete(each);
  });
  return {
    async seen(key, until) {
      const time = now();
      sweep(time);
      const isKnown = (known.get(key) ?? 0) > time;
      if (!isKnown) known.set(key, until);
      return isKnown;
    },
  };
}

/** Creates a replay store that is opened at its first use. */
export function lazyReplay(open: () => ReplayStore): ReplayStore {
  let store: ReplayStore | undefined;
  return {
    seen: async (key, until) => (store ??= open()).seen(key, until),
    close: () => store?.close?.(),
  };
}

/** Removes what has expired at a time, in seconds, at most once a minute. */
export function sweeping(remove: (time: number) => void): (time: number) => void {
  let next = 0;
  return (time) => {
    if (time < next) return;
    next = time + 60;
    remove(time);
  };
}
