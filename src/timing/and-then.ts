/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** The value if it is there; undefined if it takes some time. */
export function ifThere<T>(value: Awaitable<T>): T | undefined {
  return value instanceof Promise ? undefined : value;
}

/** Calls `go` with the value: synchronously, unless it is a promise. */
export function andThen<A, B>(value: A | Promise<A>, go: (value: A) => B): B | Promise<Awaited<B>> {
  if (!(value instanceof Promise)) return go(value);
  return value.then(go) as Promise<Awaited<B>>;
}
