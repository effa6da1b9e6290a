import { toPointer, type PathStep } from "./fault.ts";

/** A place in a text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The start of a tree node in UTF-16 code units, from 0. */
interface Offset {
  readonly offset: number;
}

/** Finds the place of a key or value in the text by its path. */
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

  /** Whether the file states a value at this path; false for defaults. */
  has(path: readonly PathStep[]): boolean {
    return this.#offsets.has(toPointer(path));
  }

  /** The place of a value; if it is absent, of the nearest value around it. */
  value(path: readonly PathStep[]): Place {
    for (let length = path.length; length >= 0; length--) {
      const found = this.#offsets.get(toPointer(path.slice(0, length)));
      if (found !== undefined) return this.#place(found.value);
    }
    return { line: 1, column: 1 };
  }

  /** The place of a key; in a list, of the value. */
  key(path: readonly PathStep[]): Place {
    const key = this.#offsets.get(toPointer(path))?.key;
    return key === undefined ? this.value(path) : this.#place(key);
  }
}
