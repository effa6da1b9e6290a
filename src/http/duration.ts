const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds of a duration such as "30d", "12h", "5m" or "90s"; undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  const unit = SECONDS[text.at(-1) as keyof typeof SECONDS];
  const count = text.slice(0, -1);
  if (unit === undefined || !/^\d{1,6}$/.test(count)) return undefined;
  return Number(count) * unit;
}
