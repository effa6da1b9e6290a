/** Remembers nonces, which may be used only once; shared by all processes of the same site. */
export interface ReplayStore {
  /**
   * Remembers a key and says whether it was there already, in one atomic step.
   *
   * @param until seconds since the epoch, after which it may be forgotten
   */
  seen(key: string, until: number): Promise<boolean>;
  close?(): void;
}

/** A store in the memory of one process, for tests and for sites that one process serves. */
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

/** A store that is opened when it is first needed. */
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
