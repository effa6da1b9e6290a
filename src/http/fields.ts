/** A header section (RFC 9110 §6.3), read and edited by lower-case names. */
export interface Fields {
  /** The field's value, its lines joined by ", " (RFC 9110 §5.3). */
  get(name: string): string | undefined;
  /** Replaces all lines of a field by one. */
  set(name: string, value: string): void;
  /** Adds one more line. */
  append(name: string, value: string): void;
  delete(name: string): void;
  /** All lines in order, with names as received. */
  lines(): Iterable<readonly [name: string, value: string]>;
}

/** Reads a field of a request by lower-case name. */
export type ReadField = (name: string) => string | undefined;

/** The lines of a header section as a flat list; do not change it. */
export function flatLines(fields: Fields): string[] {
  return fields instanceof FieldList ? (fields.flat() as string[]) : [...fields.lines()].flat();
}

/** A copy to edit. */
export function copyOf(fields: Fields): FieldList {
  return fields instanceof FieldList ? fields.copy() : FieldList.from([...fields.lines()].flat());
}

/** A header section that preserves order, spelling and repetition. */
export class FieldList implements Fields {
  #lower: string[] = [];
  #flat: string[] = [];

  /** Copies a flat list (name, value, …). @param drop whether to leave out a lower-case name */
  static from(flat: readonly string[], drop?: (name: string) => boolean): FieldList {
    const list = new FieldList();
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const name = flat[i] as string;
      const lower = name.toLowerCase();
      if (drop?.(lower)) continue;
      list.#lower.push(lower);
      list.#flat.push(name, flat[i + 1] as string);
    }
    return list;
  }

  copy(): FieldList {
    const list = new FieldList();
    list.#lower = this.#lower.slice();
    list.#flat = this.#flat.slice();
    return list;
  }

  get(name: string): string | undefined {
    let at = this.#lower.indexOf(name);
    if (at === -1) return undefined;
    let value = this.#flat[2 * at + 1] as string;
    while ((at = this.#lower.indexOf(name, at + 1)) !== -1) value += `, ${this.#flat[2 * at + 1]}`;
    return value;
  }

  set(name: string, value: string): void {
    const at = this.#lower.indexOf(name);
    if (at === -1) {
      this.append(name, value);
      return;
    }
    this.#flat[2 * at + 1] = value;
    this.#deleteFrom(name, at + 1);
  }

  append(name: string, value: string): void {
    this.#lower.push(name.toLowerCase());
    this.#flat.push(name, value);
  }

  delete(name: string): void {
    this.#deleteFrom(name, 0);
  }

  *lines(): Iterable<readonly [string, string]> {
    for (let i = 0; i < this.#flat.length; i += 2) {
      yield [this.#flat[i] as string, this.#flat[i + 1] as string];
    }
  }

  /** The section as a flat list; do not change it. */
  flat(): readonly string[] {
    return this.#flat;
  }

  #deleteFrom(name: string, from: number): void {
    let to = this.#lower.indexOf(name, from);
    if (to === -1) return;
    // Each line behind moves once, however many are deleted.
    for (let at = to + 1; at < this.#lower.length; at++) {
      const lower = this.#lower[at] as string;
      if (lower === name) continue;
      this.#lower[to] = lower;
      this.#flat[2 * to] = this.#flat[2 * at] as string;
      this.#flat[2 * to + 1] = this.#flat[2 * at + 1] as string;
      to++;
    }
    this.#lower.length = to;
    this.#flat.length = 2 * to;
  }
}
