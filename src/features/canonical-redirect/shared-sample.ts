import type { LedgerStore } from "../../store/store.ts";
import { PageSample, SEEN_FOR, type SampledPage } from "./page-sample.ts";

/** The sample of one site, which processes share in a ledger. */
export class SharedSample {
  readonly pages = new PageSample();
  readonly #group: string;
  readonly #ledger: LedgerStore;
  readonly #now: () => number;
  readonly #refreshAfter: number;
  /** Pages that are not in the ledger yet. */
  readonly #unwritten = new Set<string>();
  #syncedAt = -Infinity;

  /**
   * @param site the public origin
   * @param now seconds since the epoch
   * @param refreshAfter seconds between two reads of the ledger
   */
  constructor(site: string, ledger: LedgerStore, now: () => number, refreshAfter: number) {
    this.#group = `canonical-pages/${site}`;
    this.#ledger = ledger;
    this.#now = now;
    this.#refreshAfter = refreshAfter;
  }

  /** Adds a page that this process has seen. */
  add(hash: string, page: SampledPage): void {
    const before = this.pages.get(hash);
    if (!this.pages.set(hash, page)) return;
    const isNews = before === undefined || shown(before) !== shown(page);
    if (isNews || page.at - before.at > SEEN_FOR / 4) this.#unwritten.add(hash);
    // An equal sighting is not worth a write yet.
    else this.pages.set(hash, { ...page, at: before.at });
  }

  /** Exchanges pages with other processes, if that is due. A ledger that fails is tried again later. */
  sync(): Promise<void> | undefined {
    const now = this.#now();
    if (Math.abs(now - this.#syncedAt) < this.#refreshAfter) return undefined;
    this.#syncedAt = now;
    return this.#exchange(now).catch(() => {});
  }

  async #exchange(now: number): Promise<void> {
    this.pages.prune(now);
    const written = [...this.#unwritten].slice(0, MOST_WRITTEN);
    const changes = written.flatMap((hash) => {
      const page = this.pages.get(hash);
      const value = page && `${page.at} ${shown(page)}`;
      return value === undefined ? [] : [{ key: hash, value, ttl: SEEN_FOR }];
    });
    if (changes.length > 0) await this.#ledger.change(this.#group, changes);
    for (const hash of written) this.#unwritten.delete(hash);
    for (const [hash, value] of await this.#ledger.read(this.#group)) {
      const page = parse(value);
      const before = this.pages.get(hash);
      if (page === undefined || (before !== undefined && before.at >= page.at)) continue;
      if (/^[0-9a-f]{16}$/.test(hash)) this.pages.set(hash, page);
    }
  }
}

/** Changes in one exchange. */
const MOST_WRITTEN = 256;

/** The part of a page that other processes see: the target, if the page is unlike it. */
function shown({ target, likeness }: SampledPage): string {
  return likeness === "unlike" ? target : "";
}

function parse(value: string): SampledPage | undefined {
  const [, at, target = ""] = /^(\d{1,12}) ([0-9a-f]{16})?$/.exec(value) ?? [];
  if (at === undefined) return undefined;
  return { at: Number(at), target, likeness: target === "" ? "alike" : "unlike" };
}
