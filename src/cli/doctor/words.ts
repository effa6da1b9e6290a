/** A number with its noun, e.g. "1 fault" and "2 faults". */
export function countOf(value: number, noun: string, plural = `${noun}s`): string {
  return `${value.toLocaleString("en-US")} ${value === 1 ? noun : plural}`;
}

/** A duration in its largest unit, e.g. "3 hours". @param seconds not negative */
export function spanOf(seconds: number): string {
  const [unit, length] = UNITS.find(([, each]) => seconds >= 2 * each) ?? (["second", 1] as const);
  return countOf(Math.floor(seconds / length), unit);
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** Seconds after which an address list no longer refutes claims. */
export const STALE = 48 * 3600;

/** Names in one finding, at most. */
const NAMED = 5;

/** The first of several names, and the number of the others. */
export function namesOf(all: readonly string[]): string {
  const more = all.length - NAMED;
  return all.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
