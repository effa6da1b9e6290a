import { toPointer, type PathStep } from "./fault.ts";

/** A place in a text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Of a node of a tree, where it begins: from 0, in UTF-16 code units. */
interface Offset {
  readonly offset: number;
}

/** Where the offsets of a tree's keys and values are found again by their path. */
export class Places {
  readonly #offsets = new Map<string, { readonly key?: number; readonly value: number }>();
  readonly #place: (offset: number) => Place;

  constructor(place: (offset: number) => Place) {
    this.#place = place;
  }

  add(path: readonly PathStep[], value: Offset, key?: Offset): void {
    const at = key === undefined ? {} : { key: key.offset };
    this.#offsets.set(toPointer(path), { ...at, value: value.offset });
  }

  /** Whether something is written there, and does not only hold by default. */
  has(path: readonly PathStep[]): boolean {
    return this.#offsets.has(toPointer(path));
  }

  /** Of a value; of the nearest value around it where there is none. */
  value(path: readonly PathStep[]): Place {
    for (let length = path.length; length >= 0; length--) {
      const found = this.#offsets.get(toPointer(path.slice(0, length)));
      if (found !== undefined) return this.#place(found.value);
    }
    return { line: 1, column: 1 };
  }

  /** Of a key; of its value in a list. */
  key(path: readonly PathStep[]): Place {
    const key = this.#offsets.get(toPointer(path))?.key;
    return key === undefined ? this.value(path) : this.#place(key);
  }
}
