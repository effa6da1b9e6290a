import type { Awaitable } from "./stage.ts";

/** Goes on with a value: at once where it is there, so that what needs no waiting costs none. */
export function andThen<A, B>(value: Awaitable<A>, go: (value: A) => Awaitable<B>): Awaitable<B> {
  return value instanceof Promise ? value.then(go) : go(value);
}
