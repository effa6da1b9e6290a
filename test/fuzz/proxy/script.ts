/** What an origin server does on its connection, one step after the other. */
export type Step =
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "wait"; readonly milliseconds: number }
  /** Ends the connection, or breaks it. */
  | { readonly kind: "end" }
  | { readonly kind: "reset" };

/** An origin server's answer to one request. */
export interface Script {
  readonly steps: readonly Step[];
  /** Whether it is HTTP without fault, so that the connection can be used again. */
  readonly isSound: boolean;
  /** Whether bytes that answer nothing follow the response in a piece of their own, perhaps too late to tell. */
  readonly hasLateSurplus: boolean;
  /** Whether the response is sound HTTP, so that the client has to get it with this status. */
  readonly soundStatus: number | undefined;
}

/** A whole number from 0, below a limit. */
export type Random = (below: number) => number;

/** Stands in content for the request that it answers; no other client may ever see it. */
export const markOf = (id: number): string => `#id${id};`;

/** Of bytes that answer no request: no client may see it at all. */
export const NOBODY = 0;

export const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T;
}

/** Any bytes as characters of one byte each. */
export function anyBytes(random: Random, most: number): string {
  let text = "";
  for (let left = random(most + 1); left > 0; left--) text += String.fromCharCode(random(256));
  return text;
}
