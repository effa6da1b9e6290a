const WORD = /[\p{L}\p{N}]+/gu;

/** The words of a text, each with how often it comes. */
export function words(source: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [word] of source.normalize("NFC").matchAll(WORD))
    counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Share of the words of `wanted` that `given` holds as often. */
export function recall(
  wanted: Map<string, number>,
  given: Map<string, number>,
): { share: number; missing: string[] } {
  let all = 0;
  let found = 0;
  const missing: string[] = [];
  for (const [word, count] of wanted) {
    const here = Math.min(count, given.get(word) ?? 0);
    all += count;
    found += here;
    if (here < count) missing.push(`${word}×${count - here}`);
  }
  return { share: all === 0 ? 1 : found / all, missing };
}
