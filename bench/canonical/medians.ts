/** The median of numbers. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
}

/** The rate of one subject as a multiple of another's rate, from their costs. */
export function ratio(costs: ReadonlyMap<string, number>, floor: string, name: string): string {
  return ((costs.get(floor) ?? Number.NaN) / (costs.get(name) ?? Number.NaN)).toFixed(2);
}
