/** The longest name that has a key. */
const LONGEST = 6;

/** The key of a short name of letters and digits, regardless of case; -1 for others. */
function nameKey(text: string, start: number, end: number): number {
  if (end - start > LONGEST) return -1;
  let key = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    const letter = code | 32;
    if (letter >= 97 && letter <= 122) key = key * 33 + letter - 96;
    else if (code >= 49 && code <= 54) key = key * 33 + code - 22;
    else return -1;
  }
  return key;
}

/** Finds the value for a name at a position of a text, by key or else by spelling. */
export class NameTable<T> {
  readonly #byKey = new Map<number, T>();
  readonly #byName: ReadonlyMap<string, T>;

  constructor(byName: ReadonlyMap<string, T>) {
    this.#byName = byName;
    for (const [name, value] of byName) {
      const key = nameKey(name, 0, name.length);
      if (key >= 0) this.#byKey.set(key, value);
    }
  }

  find(text: string, start: number, end: number): T | undefined {
    const key = nameKey(text, start, end);
    return key >= 0 ? this.#byKey.get(key) : this.#byName.get(text.slice(start, end));
  }
}
