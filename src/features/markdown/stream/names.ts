/** The longest name that has a key. */
const LONGEST = 6;
/** Slots of the table; a power of two. */
const SLOTS = 1024;

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
  /** Short names by their key, in the first free slot from its own on. */
  readonly #keys = new Int32Array(SLOTS).fill(-1);
  readonly #values: (T | undefined)[] = Array.from({ length: SLOTS });
  readonly #byName: ReadonlyMap<string, T>;

  constructor(byName: ReadonlyMap<string, T>) {
    this.#byName = byName;
    for (const [name, value] of byName) {
      const key = nameKey(name, 0, name.length);
      if (key >= 0) this.#add(key, value);
    }
  }

  #add(key: number, value: T): void {
    let slot = slotOf(key);
    while (this.#values[slot] !== undefined) slot = (slot + 1) % SLOTS;
    this.#keys[slot] = key;
    this.#values[slot] = value;
  }

  find(text: string, start: number, end: number): T | undefined {
    const key = nameKey(text, start, end);
    if (key < 0) return this.#byName.get(text.slice(start, end));
    let slot = slotOf(key);
    while (this.#keys[slot] !== key) {
      if (this.#values[slot] === undefined) return undefined;
      slot = (slot + 1) % SLOTS;
    }
    return this.#values[slot];
  }
}

function slotOf(key: number): number {
  return (key ^ (key >>> 10) ^ (key >>> 20)) & (SLOTS - 1);
}
