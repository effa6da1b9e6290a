/** The few values that were used last: most requests need one that an earlier request has made. */
export class Recent<Value> {
  readonly #values: Value[] = [];
  readonly #most: number;

  /** @param most values; another one replaces the one that was used least recently */
  constructor(most: number) {
    this.#most = most;
  }

  /** The first value that is for `wanted`. */
  find<Wanted>(
    wanted: Wanted,
    isFor: (value: Value, wanted: Wanted) => boolean,
  ): Value | undefined {
    const values = this.#values;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as Value;
      if (!isFor(value, wanted)) continue;
      if (i > 0) {
        values.splice(i, 1);
        values.unshift(value);
      }
      return value;
    }
    return undefined;
  }

  add(value: Value): Value {
    if (this.#values.length >= this.#most) this.#values.pop();
    this.#values.unshift(value);
    return value;
  }
}
