import { BoundedCache } from "../../../memory/bounded-cache.ts";
import type { LedgerStore } from "../../../store/store.ts";
import { patiently } from "../patience.ts";
import { allowancePerHour } from "../../../timing/allowance.ts";

/** Names a client by the properties that distinguish it; reads nothing before it is called. */
export type NameOfClient = () => Promise<string>;

/**
 * What a request of this client would add: `news` if the client was not seen with the content,
 * `repeated` if it alone was, `public` if unlike clients were.
 */
export type Publicity = "news" | "repeated" | "public";

/**
 * Records which contents unlike clients have fetched. Only those serve as dictionaries in automatic
 * mode: a delta against content that one client alone has fetched would disclose it to others.
 */
export interface Witnesses {
  /** The publicity as this process knows it, without a read of the store. */
  standing(group: string, hash: string, client: NameOfClient): Promise<Publicity>;
  /** Records the client; returns whether unlike clients have fetched the content. Never throws. */
  see(group: string, hash: string, client: NameOfClient): Promise<boolean>;
}

/** Contents that a process remembers. */
const MOST_KNOWN = 5000;
/** Contents that one process stores in an hour: made-up queries must not fill the store. */
const WRITTEN_PER_HOUR = 2000;

/** Makes the witnesses of one process; through the ledger it knows those of other processes. */
export function createWitnesses(options: {
  readonly ledger: LedgerStore;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Seconds for which a client counts. */
  readonly keepFor: number;
  /** Milliseconds to wait for the ledger. */
  readonly patience: number;
}): Witnesses {
  const { ledger, now, keepFor, patience } = options;
  /** The one client that was seen; true if there were two. */
  const known = new BoundedCache<string | true>({
    name: "counts",
    max: MOST_KNOWN,
    ttl: keepFor * 1000,
  });
  const writes = allowancePerHour(WRITTEN_PER_HOUR, now);

  return {
    async standing(group, hash, client) {
      const first = known.get(`${group}/${hash}`);
      if (first === undefined) return "news";
      if (first === true) return "public";
      return first === (await client()) ? "repeated" : "news";
    },

    async see(group, hash, client) {
      const key = `${group}/${hash}`;
      if (known.get(key) === true) return true;
      const name = await client();
      const first = known.get(key);
      if (first === undefined) {
        known.set(key, name);
        if (writes.take(1) && (await hasOther(group, hash, name))) known.set(key, true);
      } else if (first !== name) known.set(key, true);
      return known.get(key) === true;
    },
  };

  /** Whether another process, or this one before it was started anew, has seen an unlike client. */
  async function hasOther(group: string, hash: string, name: string): Promise<boolean> {
    const claim = (key: string) =>
      patiently(() => ledger.claim(group, `witness/${hash}${key}`, keepFor), patience);
    const [own, any] = [await claim(`/${name}`), await claim("")];
    return own.kind === "done" && own.value && any.kind === "done" && !any.value;
  }
}
