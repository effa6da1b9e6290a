/** The longest text whose result is remembered; of longer ones, the latest is. */
const LONGEST = 256;

/** The most results that are remembered; one more, and all are forgotten. */
const MOST = 500;

/**
 * Remembers the results of a pure function by its text argument, since field values repeat. Callers
 * must not change the results.
 */
export function remembering<Result>(make: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  let latest: { readonly text: string; readonly made: Result } | undefined;
  return (text) => {
    if (latest?.text === text) return latest.made;
    const found = known.get(text);
    if (found !== undefined || known.has(text)) return found as Result;
    const made = make(text);
    if (text.length > LONGEST) {
      latest = { text, made };
      return made;
    }
    if (known.size >= MOST) known.clear();
    known.set(text, made);
    return made;
  };
}
