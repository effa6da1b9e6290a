import type { Exchange } from "./exchange.ts";
import { ExchangeValue } from "./exchange-value.ts";

/** A coding of a content that the next client gets at once. */
export interface ReadyCoding {
  readonly coding: string;
  /** Bytes of the coded content. */
  readonly bytes: number;
  /** SHA-256 of the dictionary, in lower-case hexadecimal. */
  readonly dictionary?: string;
}

/** A delta that is not ready, and why. */
export interface MissingCoding {
  readonly dictionary: string;
  readonly reason: string;
}

/** The state of one address after the proxy has prepared it. */
export interface WarmResult {
  readonly url: string;
  /** Undefined if the origin server sent no response. */
  readonly status?: number;
  /** SHA-256 and bytes of the decoded content, if it is prepared. */
  readonly hash?: string;
  readonly bytes?: number;
  readonly ready: readonly ReadyCoding[];
  readonly missing: readonly MissingCoding[];
  /** Why it has no delta, or why nothing is prepared. */
  readonly reason?: string;
}

/** Collects what stages prepare for one address that the operator names. */
export class Warming {
  content: { readonly hash: string; readonly bytes: number } | undefined;
  readonly ready: ReadyCoding[] = [];
  readonly missing: MissingCoding[] = [];
}

const WARMING = new ExchangeValue<Warming>();

/** Marks an exchange as the preparation of its address. */
export function markWarming(exchange: Exchange): void {
  WARMING.set(exchange, new Warming());
}

/** The preparation that an exchange is for; undefined for a client's request. */
export function warmingOf(exchange: Exchange): Warming | undefined {
  return WARMING.get(exchange);
}
