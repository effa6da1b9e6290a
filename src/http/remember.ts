/** Longer texts are made anew each time. */
const LONGEST = 256;

/**
 * The same pure function with its latest results remembered: field values repeat from message to message.
 * The results are shared, so they must not be changed.
 *
 * @param most results that are remembered; beyond, all of them are forgotten
 */
export function remembering<Result>(
  make: (text: string) => Result,
  most = 500,
): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined || known.has(text)) return found as Result;
    const made = make(text);
    if (text.length > LONGEST) return made;
    if (known.size >= most) known.clear();
    known.set(text, made);
    return made;
  };
}
