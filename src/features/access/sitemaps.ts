import type { FeatureParts } from "../../feature/parts.ts";
import { readBounded } from "../../http/gather.ts";
import { ROBOTS, SITEMAP } from "../../http/known-paths.ts";
import { parseRobots } from "../../http/robots.ts";
import { walkSitemaps } from "../../http/sitemap.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { originOf, type Exchange } from "../../pipeline/exchange.ts";
import { HourlyCount } from "../../timing/allowance.ts";
import { SingleFlight } from "../../timing/single-flight.ts";
import { within } from "../../timing/timeout.ts";
import { nextTurn } from "../../timing/turns.ts";

/** Sites in memory, and requests to the origin server in an hour, at most. */
const SITES = 64;
const REQUESTS = 600;
/** Milliseconds for which the names are used, and after a failure; and that a request waits. */
const KEPT_FOR = 3_600_000;
const FAILED_FOR = 60_000;
const PATIENCE = 2000;
/** Sitemaps that robots.txt names, those of them that are read, and that an index lists. */
const MOST_NAMED = 100;
const MOST_READ = 5;
const MOST_LISTED = 5000;
const MOST_BYTES = 1024 * 1024;

/** The parts of the proxy that tell which documents are open to all. */
export type DocumentParts = Pick<FeatureParts, "own" | "now" | "lasting" | "policies">;

/** The targets of the sitemaps of one site, as far as they are known. */
interface Known {
  readonly targets: Set<string>;
  /** Milliseconds since the epoch. */
  until: number;
}

/** The sitemaps that a site's robots.txt names, and those that an index among them lists. */
export class PublicSitemaps {
  readonly #parts: DocumentParts;
  readonly #spending: HourlyCount;
  readonly #flights = new SingleFlight<void>();
  readonly #sites = new BoundedCache<Known>({
    name: "access",
    max: SITES,
    sizeOf: ({ targets }) => targets.size * 120,
  });

  constructor(parts: DocumentParts) {
    this.#parts = parts;
    this.#spending = parts.lasting("sitemaps", () => new HourlyCount(parts.now));
  }

  /**
   * Whether the target of an exchange is such a sitemap. Reads robots.txt at the first question,
   * and an index if robots.txt does not name the target; a request waits for two seconds at most.
   */
  async has(exchange: Exchange): Promise<boolean> {
    const { own, policies } = this.#parts;
    if (own === undefined || policies.isListedHost(exchange.host) === false) return false;
    const site = originOf(exchange);
    const known = this.#sites.getOrMake(site, () => ({ targets: new Set(), until: 0 }));
    // A named index is known while it is read, so that our own request for it is not refused.
    if (known.targets.has(exchange.target)) return true;
    if (Date.now() < known.until) return false;
    const loading = this.#flights.do(site, () => this.#load(known, exchange));
    exchange.background(loading);
    await within(PATIENCE, loading, () => {});
    return known.targets.has(exchange.target);
  }

  async #load(known: Known, exchange: Exchange): Promise<void> {
    const text = await this.#read(ROBOTS, exchange);
    const named = text === undefined ? [] : (await parseRobots(text, nextTurn)).sitemaps;
    const targets = named.slice(0, MOST_NAMED).flatMap((address) => targetOf(address, exchange));
    known.targets.clear();
    for (const target of targets.length === 0 ? [SITEMAP] : targets) known.targets.add(target);
    const read = (target: string) => this.#read(target, exchange);
    await walkSitemaps([...known.targets], MOST_READ, read, nextTurn, (sitemap) => {
      const locations = sitemap?.kind === "index" ? sitemap.locations : [];
      for (const location of locations) {
        if (known.targets.size >= MOST_LISTED) return "enough";
        for (const target of targetOf(location, exchange)) known.targets.add(target);
      }
      return [];
    });
    known.until = Date.now() + (text === undefined ? FAILED_FOR : KEPT_FOR);
  }

  /** The text at a target, as an unknown client gets it; undefined if there is none. */
  async #read(target: string, exchange: Exchange): Promise<string | undefined> {
    if (this.#spending.count >= REQUESTS) return undefined;
    try {
      const answer = await this.#parts.own?.get(target, ACCEPT, exchange, () =>
        this.#spending.add(1),
      );
      const { status, body } = answer ?? {};
      const content = status === 200 && body?.readable === true ? body.open() : undefined;
      body?.release();
      const bytes = content && (await readBounded(content, MOST_BYTES));
      const plain = bytes?.[0] === 0x1f && bytes[1] === 0x8b ? await unpack(bytes) : bytes;
      return plain && new TextDecoder().decode(plain);
    } catch {
      return undefined;
    }
  }
}

const ACCEPT = "text/plain, application/xml, */*;q=0.5";

/** Unpacks a file that is itself in gzip format, not by a content coding. */
function unpack(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
  const unpacking = new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
  return readBounded(new Blob([packed]).stream().pipeThrough(unpacking), MOST_BYTES);
}

/** The target of an address on this host; none if it is on another one. */
function targetOf(address: string, exchange: Exchange): readonly string[] {
  const url = URL.parse(address, originOf(exchange));
  if (url === null || url.host !== new URL(originOf(exchange)).host) return [];
  return [url.pathname + url.search];
}
