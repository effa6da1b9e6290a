import { BoundedCache } from "../../../memory/bounded-cache.ts";
import type { LedgerStore } from "../../../store/store.ts";
import { patiently } from "../patience.ts";
import { allowancePerHour } from "../../../timing/allowance.ts";

/** Names a client by what tells it from others; reads nothing before it is called. */
export type NameOfClient = () => Promise<string>;

/**
 * What a request of this client would add: `news` if the client was not seen with the content,
 * `repeated` if it alone was, `public` if unlike clients were.
 */
export type Publicity = "news" | "repeated" | "public";

/**
 * Which contents unlike clients have fetched. Only those are learnt from and serve as dictionaries in
 * automatic mode: a delta against what one client alone has fetched would tell others of that.
 */
export interface Witnesses {
  /** What this process knows; asks no store. */
  standing(group: string, hash: string, client: NameOfClient): Promise<Publicity>;
  /** Notes the client, and says whether unlike clients have fetched the content; never throws. */
  see(group: string, hash: string, client: NameOfClient): Promise<boolean>;
}

/** Contents that a process remembers. */
const MOST_KNOWN = 5000;
/** Contents that one process writes down in an hour: made-up queries fill no store. */
const WRITTEN_PER_HOUR = 2000;

/** Makes the witnesses of one process; the ledger tells it of those that others saw. */
export function createWitnesses(options: {
  readonly ledger: LedgerStore;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Seconds for which a client counts. */
  readonly keepFor: number;
  /** Milliseconds for which the ledger is waited for. */
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
