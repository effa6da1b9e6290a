/** Collapses the requests of several processes that share a store. */
export interface SharedFlights {
  /**
   * Begins a flight for all processes, or waits for that of another one. Never rejects, and takes
   * a bounded time.
   *
   * @param onJoined called if another process waits for this flight
   * @returns ends the flight; undefined if another process had one, so that the store may have its response
   */
  begin(name: string, onJoined: () => void): Promise<(() => void) | undefined>;
}

/** Flights of other processes that a request waits for, at most. */
const MOST_TURNS = 2;

/** How a request takes its turn. */
interface TurnOptions<Found> {
  /** Reads what another process may have stored; undefined if the request has to be sent. */
  readonly look: () => Promise<Found | undefined>;
  /** Whether it looks even if no other process had a flight. @default false */
  readonly looksFirst?: boolean;
  /** Called if another process waits for this flight. */
  readonly onJoined?: () => void;
}

/**
 * Takes the turn of a request among those of all processes: gives what another one has stored meanwhile,
 * or the function that ends the flight which this one begins. Neither if it waits no longer.
 */
export async function takeTurn<Found>(
  shared: SharedFlights,
  name: string,
  { look, looksFirst = false, onJoined = () => {} }: TurnOptions<Found>,
): Promise<{ readonly found?: Found; readonly settle?: (() => void) | undefined }> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const settle = await shared.begin(name, onJoined);
    const found = settle === undefined || looksFirst ? await look() : undefined;
    if (found !== undefined) {
      settle?.();
      return { found };
    }
    if (settle !== undefined) return { settle };
  }
  return {};
}
