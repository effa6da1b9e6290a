/** Bounds how many bytes of content one process collects at a time. */
export interface WorkRoom {
  /** Takes room for so many bytes until it is given back; undefined where there is none. */
  take(bytes: number): (() => void) | undefined;
}

/** Seconds after which room is free again, whoever took it: an answer that breaks off tells nobody. */
const FREE_AFTER = 60;

/** @param now seconds since the epoch */
export function workRoom(most: number, now: () => number): WorkRoom {
  const taken = new Set<{ readonly bytes: number; readonly until: number }>();
  return {
    take(bytes) {
      let used = bytes;
      for (const each of taken) {
        if (each.until <= now()) taken.delete(each);
        else used += each.bytes;
      }
      if (used > most) return undefined;
      const own = { bytes, until: now() + FREE_AFTER };
      taken.add(own);
      return () => void taken.delete(own);
    },
  };
}
