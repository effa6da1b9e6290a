import { botOf } from "./agent/agent.ts";
import type { Bot } from "./agent/bots.ts";
import type { FeatureParts } from "./feature/parts.ts";
import { readBounded } from "./http/gather.ts";
import { ROBOTS } from "./http/known-paths.ts";
import { parseRobots, type Robots } from "./http/robots.ts";
import { splitTarget } from "./http/target.ts";
import { BoundedCache } from "./memory/bounded-cache.ts";
import { originOf, type Exchange } from "./pipeline/exchange.ts";
import { violationOf } from "./pipeline/violation.ts";
import { HourlyCount } from "./timing/allowance.ts";
import { SingleFlight } from "./timing/single-flight.ts";
import { nextTurn } from "./timing/turns.ts";

/** Sites in memory, and requests to the origin server in an hour, at most. */
const SITES = 64;
const REQUESTS = 600;
/** Milliseconds for which a file is used, and after a failure. */
const KEPT_FOR = 300_000;
const FAILED_FOR = 60_000;
/** Milliseconds for which a crawler may use its copy of an earlier file (RFC 9309 §2.4). */
const COPIED_FOR = 86_400_000;
/** Versions of a file, of which the earlier ones may still be in use. */
const VERSIONS = 4;
const MOST_BYTES = 1024 * 1024;

interface Version {
  readonly text: string;
  /** Milliseconds since the epoch at which it was last in force. */
  seenAt: number;
  /** The rules by bot. */
  readonly rules: Map<Bot, Robots>;
}

interface KnownFile {
  versions: Version[];
  /** Milliseconds since the epoch. */
  until: number;
  /** The rules under which it was read. */
  readBy: RobotsInForce | undefined;
}

type RobotsInForceParts = Pick<FeatureParts, "own" | "now" | "lasting">;

/** Marks requests of known bots for targets that the site's robots.txt forbids them. */
export class RobotsInForce {
  readonly #parts: RobotsInForceParts;
  readonly #spending: HourlyCount;
  readonly #flights = new SingleFlight<void>();
  readonly #sites: BoundedCache<KnownFile>;

  constructor(parts: RobotsInForceParts) {
    this.#parts = parts;
    this.#spending = parts.lasting("robots-requests", () => new HourlyCount(parts.now));
    // Earlier versions of a file remain known if the rules, and so the file, change.
    this.#sites = parts.lasting("robots-in-force", newSites);
  }

  /** Marks the exchange, at once or, if the file must be read first, in the background. */
  see(exchange: Exchange): void {
    const bot = botOf(exchange.agent);
    if (bot === undefined || this.#parts.own === undefined || exchange.record === undefined) return;
    if (!READ.has(exchange.method) || splitTarget(exchange.target).path === ROBOTS) return;
    const site = originOf(exchange);
    const known = this.#sites.getOrMake(site, () => ({
      versions: [],
      until: 0,
      readBy: undefined,
    }));
    const isReady = this.#isFresh(known) && known.versions.every(({ rules }) => rules.has(bot));
    if (isReady) {
      mark(exchange, bot, known);
      return;
    }
    const loading = this.#flights
      .do(site, () => this.#load(known, exchange))
      .then(() => compile(known, bot))
      .then(() => mark(exchange, bot, known))
      .catch(() => {});
    exchange.background(loading);
  }

  async #load(known: KnownFile, exchange: Exchange): Promise<void> {
    if (this.#isFresh(known)) return;
    const read = await this.#read(exchange);
    const now = Date.now();
    known.readBy = this;
    known.until = now + (read === undefined ? FAILED_FOR : KEPT_FOR);
    if (read === undefined) return;
    const text = new TextDecoder().decode(read.content);
    const before = known.versions.filter((each) => each.seenAt > now - COPIED_FOR);
    const same = before.find((each) => each.text === text);
    if (same !== undefined) same.seenAt = now;
    const added = same === undefined ? [{ text, seenAt: now, rules: new Map<Bot, Robots>() }] : [];
    known.versions = [...before, ...added].slice(-VERSIONS);
    this.#sites.set(originOf(exchange), known);
  }

  #isFresh({ until, readBy }: KnownFile): boolean {
    return readBy === this && until > Date.now();
  }

  /** The file that clients get; undefined if it is not known now. */
  async #read(
    exchange: Exchange,
  ): Promise<{ readonly content: Uint8Array | undefined } | undefined> {
    if (this.#spending.count >= REQUESTS) return undefined;
    const answer = await this.#parts.own
      ?.render(ROBOTS, exchange, () => this.#spending.add(1))
      .catch(() => undefined);
    if (answer === undefined) return undefined;
    const { status, body } = answer;
    const content = status === 200 && body?.readable === true ? body.open() : undefined;
    body?.release();
    // RFC 9309 §2.3.1.3: without a file nothing is forbidden.
    if (status >= 400 && status < 500 && status !== 429) return { content: undefined };
    const bytes = content && (await readBounded(content, MOST_BYTES));
    return bytes && { content: bytes };
  }
}

function newSites(): BoundedCache<KnownFile> {
  return new BoundedCache({
    name: "robots-in-force",
    max: SITES,
    sizeOf: ({ versions }) => versions.reduce((sum, { text }) => sum + 4 * text.length, 1024),
  });
}

const READ = new Set(["GET", "HEAD"]);

async function compile(known: KnownFile, bot: Bot): Promise<void> {
  const tokens = bot.tokens.length === 0 ? [bot.name] : bot.tokens;
  for (const { text, rules } of known.versions) {
    if (!rules.has(bot)) rules.set(bot, await parseRobots(text, nextTurn, tokens));
  }
}

/** Marks a request that every version forbids which the bot may know. */
function mark(exchange: Exchange, bot: Bot, { versions }: KnownFile): void {
  if (versions.length === 0) return;
  const isForbidden = versions.every(
    ({ rules }) => rules.get(bot)?.isAllowed(exchange.target) === false,
  );
  if (isForbidden) violationOf.set(exchange, "robots");
}
