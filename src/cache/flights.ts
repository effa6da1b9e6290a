import { within } from "../timing/timeout.ts";
import type { CacheRequest } from "./message.ts";
import type { StoredHead } from "./stored.ts";
import { selectingLike } from "./vary.ts";

/** The longest wait for other requests' responses, in milliseconds. */
export const PATIENCE = 5000;

/** A request that other requests waited for. */
export interface Landed {
  /** Its place in the order in which flights began. */
  readonly number: number;
  /** Whether its response can serve other requests. */
  readonly isShared: boolean;
}

interface Flight {
  readonly number: number;
  readonly landed: Promise<boolean>;
}

/** Collapses requests: one goes to the origin server, the others wait for its response. */
export class Flights {
  readonly #flying = new Map<string, Flight>();
  #begun = 0;

  /** The number of flights that have begun so far. */
  get begun(): number {
    return this.#begun;
  }

  /**
   * Waits for the request of this name that is under way; undefined if there is none, or if it takes
   * too long. @param patience milliseconds
   */
  async join(name: string, patience: number): Promise<Landed | undefined> {
    const flight = this.#flying.get(name);
    if (flight === undefined || patience <= 0) return undefined;
    const isShared = await within(patience, flight.landed, () => undefined);
    return isShared === undefined ? undefined : { number: flight.number, isShared };
  }

  /** Whether a request of this name is under way. */
  has(name: string): boolean {
    return this.#flying.has(name);
  }

  /** Begins a flight, which the returned function ends. */
  begin(name: string): Land {
    const { promise: landed, resolve } = Promise.withResolvers<boolean>();
    const flight: Flight = { number: ++this.#begun, landed };
    this.#flying.set(name, flight);
    return (isShared = false) => {
      if (this.#flying.get(name) === flight) this.#flying.delete(name);
      resolve(isShared);
    };
  }
}

/** Ends a flight, so that waiting requests continue; says whether its response can serve them. */
export type Land = (isShared?: boolean) => void;

/** The name of a flight: of the key, or of one variant of it if the stored ones tell what selects it. */
export function flightName(
  key: string,
  heads: readonly StoredHead[],
  request: CacheRequest,
): string {
  const [latest] = heads;
  return latest === undefined || latest.selecting.length === 0
    ? key
    : `${key}\n${JSON.stringify(selectingLike(latest.selecting, request.fields))}`;
}

/** Whether the response to a request can be the whole that other requests wait for. */
export function isForWhole({ method, fields }: CacheRequest): boolean {
  return method === "GET" && fields.get("range") === undefined;
}

/** Whether the client states which responses it accepts from a cache. */
export function statesCaching({ fields }: CacheRequest): boolean {
  return fields.get("cache-control") !== undefined || fields.get("pragma") !== undefined;
}
