import type { SharedFlights } from "../../../cache/shared-flights.ts";
import { within } from "../../../timing/timeout.ts";
import type { ProcessChannel } from "./channel.ts";

/** Milliseconds for which a process waits for the request of another one. */
const PATIENCE = 5000;
/** Milliseconds for which other processes are told once that there may be a new response. */
const NEWS = 5000;
/** Flights that are known at a time; a process does not wait for others beyond. */
const MOST = 20_000;
/** Characters of a flight's name, at most: clients choose them, and the first process stores them. */
const LONGEST_NAME = 1000;
/** Milliseconds between two searches for flights to forget. */
const LOOK = 1000;

/** A flight as its process names it. The next one of the same name may begin before this one has landed. */
interface Departure {
  readonly name: string;
  /** Of the flights of the process. */
  readonly number: number;
}

/** The process that sends a request to the origin server, for all that wait. */
interface FlightOfOne {
  readonly pid: number;
  readonly number: number;
  readonly channel: ProcessChannel;
  readonly since: number;
  readonly landed: Promise<void>;
  readonly land: () => void;
  /** Undefined while it is under way. */
  landedAt: number | undefined;
  /** The processes that know that it has landed. */
  readonly told: Set<number>;
}

/** A process as its flights need it. */
interface FlyingProcess {
  readonly pid: number;
  readonly channel: ProcessChannel;
}

/** The requests to the origin server that are under way in all processes, in the first one. */
export class FlightsOfAll {
  readonly #flying = new Map<string, FlightOfOne>();
  #lookedAt = -Infinity;

  /** Answers the calls of a process. */
  serve(each: FlyingProcess): void {
    each.channel.on("flight", (departure: Departure) => this.#begin(departure, each));
    each.channel.on("landed", ({ name, number }: Departure) => {
      const flight = this.#flying.get(name);
      if (flight?.pid === each.pid && flight.number === number) this.#end(name);
    });
  }

  /** Nobody waits for a process that has ended. */
  ended(pid: number): void {
    for (const [name, flight] of this.#flying) if (flight.pid === pid) this.#end(name);
  }

  /** @returns whether the process is to send the request; if not, another one has sent it */
  async #begin({ name, number }: Departure, { pid, channel }: FlyingProcess): Promise<boolean> {
    const flight = this.#flying.get(name);
    const now = performance.now();
    if (flight !== undefined && flight.pid !== pid && !flight.told.has(pid)) {
      const { landedAt } = flight;
      const left = landedAt === undefined ? flight.since + PATIENCE - now : landedAt + NEWS - now;
      if (left > 0) {
        flight.told.add(pid);
        if (landedAt === undefined) {
          flight.channel.tell("joined", name);
          await within(left, flight.landed, () => {});
        }
        return false;
      }
    }
    flight?.land();
    this.#forgetOld(now);
    if (flight === undefined && this.#flying.size >= MOST) return true;
    const { promise: landed, resolve: land } = Promise.withResolvers<void>();
    const begun = {
      pid,
      number,
      channel,
      since: now,
      landed,
      land,
      landedAt: undefined,
      told: new Set([pid]),
    };
    this.#flying.set(name, begun);
    return true;
  }

  #end(name: string): void {
    const flight = this.#flying.get(name);
    if (flight === undefined) return;
    flight.landedAt ??= performance.now();
    flight.land();
  }

  #forgetOld(now: number): void {
    if (now - this.#lookedAt < LOOK) return;
    this.#lookedAt = now;
    for (const [name, { since, landedAt = since + PATIENCE }] of this.#flying) {
      if (landedAt + NEWS < now) this.#flying.delete(name);
    }
  }
}

/** The flights of all processes, as one of them sees them. If the first one fails, nobody waits. */
export function flightsBy(channel: ProcessChannel): SharedFlights {
  /** The latest flight of each name. */
  const own = new Map<string, { readonly number: number; readonly onJoined: () => void }>();
  let flights = 0;
  channel.on("joined", (name: string) => own.get(name)?.onJoined());
  return {
    async begin(name, onJoined) {
      if (name.length > LONGEST_NAME) return () => {};
      const number = ++flights;
      const forget = (): void => {
        if (own.get(name)?.number === number) own.delete(name);
      };
      own.set(name, { number, onJoined });
      const isOurs = await channel
        .ask<boolean>("flight", { name, number } satisfies Departure, PATIENCE + 1000)
        .catch(() => undefined);
      if (isOurs !== true) {
        forget();
        return isOurs === undefined ? () => {} : undefined;
      }
      return () => {
        forget();
        channel.tell("landed", { name, number } satisfies Departure);
      };
    },
  };
}
