import * as v from "valibot";

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds since the epoch. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Seconds of a duration such as "30d", "12h", "5m" or "90s"; undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  const unit = SECONDS[text.at(-1) as keyof typeof SECONDS];
  const count = text.slice(0, -1);
  if (unit === undefined || !/^\d{1,6}$/.test(count)) return undefined;
  return Number(count) * unit;
}

/** A schema for durations such as "12h", between two others. @param most @default no bound */
export const duration = (least = "0s", most?: string) =>
  v.pipe(
    v.string(),
    v.check(
      (text) => {
        const seconds = parseDuration(text) ?? -1;
        return seconds >= secondsOf(least) && (most === undefined || seconds <= secondsOf(most));
      },
      most === undefined
        ? 'a duration such as "30d", "12h" or "10m"'
        : `a duration from "${least}" to "${most}"`,
    ),
  );

/** Seconds of a duration that a schema has validated. */
export function secondsOf(duration: string): number {
  return parseDuration(duration) ?? 0;
}
