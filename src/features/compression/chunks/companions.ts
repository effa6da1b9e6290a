import { BoundedCache } from "../../../memory/bounded-cache.ts";

/** The requests of one process for a chunk. */
interface Requests {
  /** Position of the first request among all, and its time in seconds since the epoch. */
  readonly first: number;
  readonly firstAt: number;
  lastAt: number;
  /** Position of each client's last request, for the latest clients. */
  readonly clients: Map<string, number>;
}

/** The most chunks and, for each, the most clients that a process remembers. */
const MOST_CHUNKS = 2000;
const MOST_CLIENTS = 8;
/** Seconds in which a deploy replaces a chunk for everyone: pages that are open need some. */
const OVERLAP = 600;

/**
 * Finds out which chunks belong to one deploy: routes share modules, so that their chunks are as
 * alike as two versions of one.
 */
export class Companions {
  readonly #now: () => number;
  readonly #requests = new BoundedCache<Requests>({
    name: "counts",
    max: MOST_CHUNKS,
    sizeOf: ({ clients }) => 100 + 80 * clients.size,
  });
  #count = 0;

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Records a client's request for a chunk. */
  note(chunk: string, client: string): void {
    const at = this.#now();
    const position = this.#count++;
    const known = this.#requests.get(chunk);
    if (known === undefined) {
      const clients = new Map([[client, position]]);
      this.#requests.set(chunk, { first: position, firstAt: at, lastAt: at, clients });
      return;
    }
    known.lastAt = at;
    known.clients.delete(client);
    known.clients.set(client, position);
    const [oldest] = known.clients.keys();
    if (known.clients.size > MOST_CLIENTS && oldest !== undefined) known.clients.delete(oldest);
  }

  /**
   * Whether a chunk is requested beside another that came after it: by a client that got both since
   * the other appeared, or so long after it appeared that it was not replaced.
   */
  areTogether(chunk: string, other: string, client: string): boolean {
    const [before, after] = [this.#requests.get(chunk), this.#requests.get(other)];
    if (before === undefined || after === undefined) return false;
    if ((before.clients.get(client) ?? -1) > after.first) return true;
    return before.lastAt >= after.firstAt + OVERLAP;
  }
}
