import type { Log } from "../log.ts";

/** Names of warnings that are counted, at most; our code has a bounded number. */
const MOST = 200;

/** A log that counts its warnings by their names. */
export function countingLog(log: Log): { log: Log; warnings: ReadonlyMap<string, number> } {
  const warnings = new Map<string, number>();
  const counting: Log = {
    warn(event, facts) {
      if (warnings.has(event) || warnings.size < MOST) {
        warnings.set(event, (warnings.get(event) ?? 0) + 1);
      }
      log.warn(event, facts);
    },
    info: (event, facts) => log.info(event, facts),
  };
  return { log: counting, warnings };
}
