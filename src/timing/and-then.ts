/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return value instanceof Promise;
}

/** The value if it is there; undefined if it takes some time. */
export function ifThere<T>(value: Awaitable<T>): T | undefined {
  return isPromise(value) ? undefined : value;
}

/**
 * Calls `go` with the value: synchronously, unless it is a promise.
 *
 * @param failed gets the error of a promise that rejects. @default the result rejects, too
 */
export function andThen<A, B>(
  value: Awaitable<A>,
  go: (value: A) => B,
  failed?: (error: unknown) => B,
): B | Promise<Awaited<B>> {
  return isPromise(value) ? (value.then(go, failed) as Promise<Awaited<B>>) : go(value);
}

/**
 * Takes a result through all items in order; awaits a step only if it is a promise.
 *
 * @param context passed to each step, so that a step needs no closure
 */
export function inOrder<Item, Result, Context>(
  items: readonly Item[],
  begin: Result,
  step: (result: Result, item: Item, index: number, context: Context) => Awaitable<Result>,
  context: Context,
  first = 0,
): Awaitable<Result> {
  let result = begin;
  for (let i = first; i < items.length; i++) {
    const next = step(result, items[i] as Item, i, context);
    if (isPromise(next)) return next.then((known) => inOrder(items, known, step, context, i + 1));
    result = next;
  }
  return result;
}
