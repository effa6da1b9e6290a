import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { digestOfText } from "../../../http/digest.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { LedgerStore } from "../../../store/store.ts";
import { patiently } from "../patience.ts";
import type { AutoParts } from "./attempts.ts";
import { allowancePerHour } from "../../../timing/allowance.ts";

/** Names a client by network, User-Agent and cookies; a digest, because it may be stored. */
export async function nameOfClient(
  exchange: Exchange,
  causedBy: (exchange: Exchange) => string,
): Promise<string> {
  const network = exchange.clientAddress === undefined ? null : causedBy(exchange);
  const facts = [network, exchange.field("user-agent"), exchange.field("cookie")];
  return (await digestOfText(JSON.stringify(facts))).slice(0, 24);
}

/** Names a client by its distinguishing properties; reads them only when called. */
export type NameOfClient = () => Promise<string>;

/**
 * The record of a content: without this client (`news`), with this client only (`repeated`), with
 * different clients (`public`).
 */
export type Publicity = "news" | "repeated" | "public";

/** The most contents that a process remembers. */
const MOST_KNOWN = 5000;
/** The most contents that a process stores in an hour: invented queries must not fill the store. */
const WRITTEN_PER_HOUR = 2000;

/**
 * Records which contents different clients have fetched, in this process and through the ledger.
 * Only those serve as dictionaries in automatic mode: a delta against a content that only one
 * client has fetched would disclose it to others.
 */
export function createWitnesses(ledger: LedgerStore, { now, budget, patience }: AutoParts) {
  const { keepFor } = budget;
  /** The only client that has fetched a content; true if there are two. */
  const known = new BoundedCache<string | true>({
    name: "counts",
    max: MOST_KNOWN,
    ttl: keepFor * 1000,
  });
  const writes = allowancePerHour(WRITTEN_PER_HOUR, now);

  return {
    /** The effect of this client's request, from memory alone. */
    async standing(group: string, hash: string, client: NameOfClient): Promise<Publicity> {
      const first = known.get(`${group}/${hash}`);
      if (first === undefined) return "news";
      if (first === true) return "public";
      return first === (await client()) ? "repeated" : "news";
    },

    /** Records that the operator has named the content; the next client of another process counts. */
    async vouch(group: string, hash: string): Promise<void> {
      const key = `${group}/${hash}`;
      if (known.get(key) === true) return;
      known.set(key, true);
      if (writes(1)) await claim(group, hash, "");
    },

    /** Records a client; returns whether different clients fetched the content. Never throws. */
    async see(group: string, hash: string, client: NameOfClient): Promise<boolean> {
      const key = `${group}/${hash}`;
      if (known.get(key) === true) return true;
      const name = await client();
      const first = known.get(key);
      if (first === undefined) {
        known.set(key, name);
        if (writes(1) && (await hasOther(group, hash, name))) known.set(key, true);
      } else if (first !== name) known.set(key, true);
      return known.get(key) === true;
    },
  };

  /** Whether the ledger has a different client, from another process or an earlier run. */
  async function hasOther(group: string, hash: string, name: string): Promise<boolean> {
    const [own, any] = [await claim(group, hash, `/${name}`), await claim(group, hash, "")];
    return own.kind === "done" && own.value && any.kind === "done" && !any.value;
  }

  function claim(group: string, hash: string, of: string) {
    return patiently(() => ledger.claim(group, `witness/${hash}${of}`, keepFor), patience);
  }
}
