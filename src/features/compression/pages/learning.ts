import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { sha256, toHex } from "../../../http/digest.ts";
import type { FeatureParts } from "../../../feature/parts.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import { allowancePerHour, type Allowance } from "../../../timing/allowance.ts";
import type { Groups } from "../dictionary-groups.ts";
import type { NamedDictionary } from "../group-state.ts";
import { STORED_FOR } from "./address.ts";
import { chooseDictionary, type Codecs } from "./choose.ts";
import { requestSample, sampleOf, type LearntPage } from "./samples.ts";
import { MOST_TRAINED } from "./train.ts";

/** Pages after which a dictionary is made; after the last number, anew with other pages. */
const STEPS = [4, 12, 24] as const;
const MOST_PAGES = 24;
/** Seconds after which a dictionary is compared with one of the present pages. */
const AGAIN_AFTER = 6 * 3600;
/** Seconds for which one process alone makes dictionaries of a group, and an attempt counts. */
const CLAIMED_FOR = 300;

/** Our own requests in an hour, of one process and for the clients of one network. */
const PER_HOUR = 200;
const PER_NETWORK = 60;
/** The most addresses that one attempt tries. */
const MOST_TRIED = 200;

/** Milliseconds of CPU time for a byte of the pages. */
const COST = 0.001;

/** The dictionaries of one group: the most of them, and their bytes. */
export const PAGES_BOUNDS = {
  dictionaries: 8,
  bytes: 1_048_576,
  variants: 24,
  ttl: STORED_FOR.proxy,
};

/** The pages of one site that this process has requested since the last comparison. */
interface Collection {
  readonly samples: readonly LearntPage[];
  readonly tried: ReadonlySet<string>;
  /** The number of pages at which a dictionary is made next. */
  readonly next: number;
  /** Seconds since the epoch, until which no page is requested. */
  readonly restsUntil: number;
}

interface LearningParts extends Codecs, Pick<FeatureParts, "now" | "scheduler"> {
  readonly own: FeatureParts["own"];
  readonly groups: Groups;
  readonly causedBy: (exchange: Exchange) => string;
  readonly warn: (event: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** Requests pages for itself, and makes dictionaries of them. */
export class PageLearning {
  readonly #parts: LearningParts;
  readonly #requests: Allowance;
  readonly #ofNetworks = new BoundedCache<Allowance>({ name: "counts", max: 1000 });
  readonly #collections = new BoundedCache<Collection>({
    name: "content",
    max: 200,
    sizeOf: ({ samples, tried }) => bytesOf(samples) + 200 * tried.size,
  });

  constructor(parts: LearningParts) {
    this.#parts = parts;
    this.#requests = allowancePerHour(PER_HOUR, parts.now);
  }

  /** Whether the proxy would request this page for itself now. */
  wants(group: string, exchange: Exchange, named: NamedDictionary | undefined): boolean {
    const { method, target, originTarget } = exchange;
    const { own, now } = this.#parts;
    // A query may be invented, and its text be in the page.
    if (own === undefined || method !== "GET" || target.includes("?")) return false;
    if (originTarget !== target) return false;
    const isComplete = named !== undefined && named.pages >= MOST_PAGES;
    if (isComplete && now() - named.since < AGAIN_AFTER) return false;
    const collection = this.#collections.get(group);
    if (collection === undefined) return true;
    return now() >= collection.restsUntil && !collection.tried.has(target);
  }

  /**
   * Requests the page, and makes a dictionary once there are enough. Never throws.
   *
   * @param brought the page, if our own request without cookies has brought it already
   * @returns false if this process was busy with the site: call again for the next response
   */
  async see(
    group: string,
    exchange: Exchange,
    named: NamedDictionary | undefined,
    brought: Uint8Array<ArrayBuffer> | undefined,
  ): Promise<boolean> {
    const { scheduler, warn } = this.#parts;
    const act = async (): Promise<true> => {
      await this.#learn(group, exchange, named, brought);
      return true;
    };
    try {
      const work = { name: `pages/${group}`, lostAfter: 60 };
      return (await scheduler.run(work, act)) === true;
    } catch (error) {
      warn("site-dictionary-failed", { error: String(error) });
      return true;
    }
  }

  async #learn(
    group: string,
    exchange: Exchange,
    named: NamedDictionary | undefined,
    brought: Uint8Array<ArrayBuffer> | undefined,
  ): Promise<void> {
    const { own, now, scheduler, causedBy } = this.#parts;
    if (own === undefined) return;
    if (brought === undefined && !this.#isAllowed(causedBy(exchange))) return;
    const before = this.#collections.get(group) ?? begun(named);
    const tried = new Set([...before.tried, exchange.target]);
    this.#collections.set(group, { ...before, tried });
    const sample = await (brought === undefined
      ? requestSample(own, exchange)
      : sampleOf(brought, exchange.url));
    const { samples } = before;
    // The same page at several addresses is one page.
    const isNew = sample !== undefined && samples.every(({ hash }) => hash !== sample.hash);
    const all = isNew ? [...samples, sample] : samples;
    const isFull = bytesOf(all) > MOST_TRAINED;
    const collected = { ...before, samples: isFull ? samples : all, tried };
    this.#collections.set(group, collected);
    const isSpent = isFull || tried.size >= MOST_TRIED;
    if (collected.samples.length < before.next && !isSpent) return;
    const milliseconds = bytesOf(collected.samples) * COST;
    const result = await scheduler.run({ milliseconds }, () =>
      this.#publish(group, collected.samples, named),
    );
    const isLate = result === undefined || result === "claimed";
    this.#collections.set(group, collectionAfter(collected, isSpent, isLate, now()));
  }

  #isAllowed(network: string): boolean {
    const begin = (): Allowance => allowancePerHour(PER_NETWORK, this.#parts.now);
    return this.#ofNetworks.getOrMake(network, begin)(1) && this.#requests(1);
  }

  /** Makes a dictionary, and names it if that pays. */
  async #publish(
    group: string,
    samples: readonly LearntPage[],
    named: NamedDictionary | undefined,
  ) {
    const { groups, now } = this.#parts;
    if (!(await groups.claim(group, `train/${samples.length}`, CLAIMED_FOR))) return "claimed";
    const present = named && (await groups.dictionary(group, named.hash));
    const choice = await chooseDictionary(samples, present, this.#parts);
    if (choice.kind !== "better") return choice.kind;
    const { dictionary, gain } = choice;
    const hash = toHex(await sha256(dictionary));
    await groups.storeDictionary(group, hash, dictionary, PAGES_BOUNDS, 2);
    const { dictionaries } = await groups.state(group);
    if (!dictionaries.has(hash)) return "claimed";
    const since = Math.floor(now());
    await groups.name(group, { hash, since, pages: samples.length, gain }, PAGES_BOUNDS.ttl);
    return choice.kind;
  }
}

function begun(named: NamedDictionary | undefined): Collection {
  const next = STEPS.find((step) => step > (named?.pages ?? 0)) ?? MOST_PAGES;
  return { samples: [], tried: new Set(), next, restsUntil: 0 };
}

/** More pages make a better dictionary; after the last step, only new pages can. */
function collectionAfter(
  collected: Collection,
  isSpent: boolean,
  isLate: boolean,
  now: number,
): Collection {
  const next = STEPS.find((step) => step > collected.samples.length);
  if (next !== undefined && !isSpent) {
    return { ...collected, next, restsUntil: isLate ? now + CLAIMED_FOR : 0 };
  }
  return { ...begun(undefined), next: MOST_PAGES, restsUntil: now + AGAIN_AFTER };
}

function bytesOf(samples: readonly LearntPage[]): number {
  return samples.reduce((sum, { content }) => sum + content.length, 0);
}
