import type { AgentCard } from "./agent-card.ts";
import type { KeySet } from "./directory.ts";
import { fetchDirectory, type DirectoryFetch, type FetchRules } from "./directory-fetch.ts";
import { NewOrigins, type NewOriginLimits } from "./directory-limits.ts";
import { AllowList } from "./allow-list.ts";
import { isFetchable, type DirectoryLocation, type UrlRules } from "./directory-url.ts";
import type { UnverifiedReason } from "./reasons.ts";
import type { Awaitable, KeyLookup, KeySource } from "./verify.ts";

export interface DirectoryOptions extends UrlRules {
  readonly fetch: DirectoryFetch;
  /** Seconds since the epoch. */
  now(): number;
  /** Origins, which stand for all they publish, or exact URLs. */
  readonly allow: readonly string[];
  /** Lets strangers name directories that nobody has listed. @default false */
  readonly openDiscovery?: boolean;
  /** @default false */
  readonly allowTestKeys?: boolean;
  /** Milliseconds that a fetch may take in all. @default 2000 */
  readonly deadline?: number;
  /** How many directories that are not listed themselves are kept. @default 256 */
  readonly discovered?: number;
  /** @default 60 in all and 5 for a client in a minute */
  readonly newOrigins?: NewOriginLimits;
}

/** What a request brings along: whom to count new origins for, and what keeps work alive after the answer. */
export interface LookupContext {
  readonly client?: string;
  background?(work: Promise<unknown>): void;
}

export interface DirectoryState {
  readonly url: string;
  readonly keys: readonly string[];
  /** Seconds since the last successful fetch. */
  readonly age: number | undefined;
  readonly failure: UnverifiedReason | undefined;
  readonly card: AgentCard | undefined;
}

export interface Directories extends KeySource {
  /** For one request. */
  forRequest(context: LookupContext): KeySource;
  /** Whether keys from this URL may be used at all. */
  isAllowed(directory: URL): boolean;
  /** Whether the operator has listed it: open discovery alone never grants a category. */
  isListed(directory: URL): boolean;
  isFetchable(directory: URL): boolean;
  /** Fetches what is listed and not fresh; for a start or a schedule. */
  prefetch(): Promise<void>;
  describe(): readonly DirectoryState[];
}

interface Entry {
  readonly location: DirectoryLocation;
  keys: KeySet | undefined;
  card: AgentCard | undefined;
  fetchedAt: number;
  freshUntil: number;
  staleUntil: number;
  /** No fetch before this moment. */
  retryAt: number;
  failures: number;
  failure: UnverifiedReason | undefined;
  pending: Promise<void> | undefined;
  pendingSince: number;
}

const STALE_FOR = 86_400;
const REFRESH_AFTER = 30;
const NEGATIVE = { least: 30, most: 300 };

/** The client for key directories: a bounded cache (RFC 9111) in front of `fetch`; throws on a bad allow-list. */
export function createDirectories(options: DirectoryOptions): Directories {
  const allowList = new AllowList(options.allow, options);
  const deadline = options.deadline ?? 2000;
  const mostDiscovered = options.discovered ?? 256;
  const newOrigins = new NewOrigins(options.newOrigins ?? { window: 60, inAll: 60, perClient: 5 });
  const listed = new Map<string, Entry>();
  const discovered = new Map<string, Entry>();
  const rules: FetchRules = {
    fetch: options.fetch,
    now: () => options.now(),
    deadline,
    allowTestKeys: options.allowTestKeys === true,
    mayFollow: (card, jwksUri) =>
      isFetchable(jwksUri, options) &&
      (card.origin === jwksUri.origin || allowList.covers(jwksUri)),
  };

  function entryFor(location: DirectoryLocation, client: string, now: number): Entry | undefined {
    const { href } = location.url;
    // Two readings of one URL, as a card and as a key set, are two entries.
    const id = location.type === "cimd" ? `cimd ${href}` : href;
    if (allowList.names(location.url)) {
      let entry = listed.get(id);
      if (entry === undefined) listed.set(id, (entry = newEntry(location)));
      return entry;
    }
    const known = discovered.get(id);
    if (known === undefined && !newOrigins.admit(client, now)) return undefined;
    const entry = known ?? newEntry(location);
    // Last used goes last; the first is the least recently used.
    discovered.delete(id);
    discovered.set(id, entry);
    if (discovered.size > mostDiscovered) {
      const [oldest] = discovered.keys();
      if (oldest !== undefined) discovered.delete(oldest);
    }
    return entry;
  }

  function refresh(entry: Entry, now: number): Promise<void> {
    // On Workers the request that began a fetch may be gone, and its promise with it.
    const lost = now - entry.pendingSince > (3 * deadline) / 1000;
    if (entry.pending !== undefined && !lost) return entry.pending;
    entry.pendingSince = now;
    const work = fetchInto(entry).finally(() => {
      if (entry.pending === work) entry.pending = undefined;
    });
    entry.pending = work;
    return work;
  }

  async function fetchInto(entry: Entry): Promise<void> {
    const fetched = await fetchDirectory(entry.location, rules);
    const now = options.now();
    entry.retryAt = now + REFRESH_AFTER;
    if (fetched.kind === "directory") {
      entry.keys = fetched.keys;
      entry.card = fetched.card;
      entry.fetchedAt = now;
      entry.freshUntil = now + fetched.freshFor;
      entry.staleUntil = entry.freshUntil + STALE_FOR;
      entry.failures = 0;
      entry.failure = undefined;
    } else {
      // A failure never evicts; the next attempt waits longer each time.
      entry.failure = fetched.reason;
      entry.retryAt =
        now + Math.min(NEGATIVE.most, NEGATIVE.least * 2 ** Math.min(entry.failures, 4));
      entry.failures++;
    }
  }

  function find(
    location: DirectoryLocation,
    keyid: string,
    context: LookupContext,
  ): Awaitable<KeyLookup> {
    if (!isFetchable(location.url, options)) return missing("directory-url-refused");
    if (!isAllowed(location.url)) return missing("directory-not-allowed");
    const now = options.now();
    const entry = entryFor(location, context.client ?? "", now);
    if (entry === undefined) return missing("directory-limit");
    const usable = now < entry.staleUntil;
    const key = usable ? entry.keys?.get(keyid) : undefined;
    if (key !== undefined && now < entry.freshUntil) return { kind: "found", key };
    if (entry.pending === undefined && now < entry.retryAt) {
      if (key !== undefined) return { kind: "found", key };
      return missing(usable ? "unknown-key" : (entry.failure ?? "directory-unavailable"));
    }
    const work = refresh(entry, now);
    context.background?.(work);
    // Stale while revalidate (RFC 5861 §3).
    if (key !== undefined) return { kind: "found", key };
    if (!allowList.covers(location.url))
      return missing(usable ? "unknown-key" : "directory-pending");
    return withinDeadline(work).then(() => {
      const fetched = options.now() < entry.staleUntil ? entry.keys : undefined;
      const found = fetched?.get(keyid);
      if (found !== undefined) return { kind: "found", key: found };
      if (fetched !== undefined) return missing("unknown-key");
      return missing(entry.failure ?? "directory-pending");
    });
  }

  async function withinDeadline(work: Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadline);
    });
    await Promise.race([work, late]);
    clearTimeout(timer);
  }

  function isAllowed(url: URL): boolean {
    return options.openDiscovery === true || allowList.covers(url);
  }

  return {
    find: (location, keyid) => find(location, keyid, {}),
    forRequest: (context) => ({ find: (location, keyid) => find(location, keyid, context) }),
    isAllowed,
    isListed: (url) => allowList.covers(url),
    isFetchable: (url) => isFetchable(url, options),
    async prefetch() {
      const now = options.now();
      const work: Promise<void>[] = [];
      for (const location of allowList.locations) {
        const entry = entryFor(location, "", now);
        if (entry !== undefined && now >= entry.freshUntil && now >= entry.retryAt) {
          work.push(refresh(entry, now));
        }
      }
      await Promise.all(work);
    },
    describe() {
      const now = options.now();
      return [...listed.values(), ...discovered.values()].map((entry) => ({
        url: entry.location.url.href,
        keys: [...(entry.keys?.keys() ?? [])],
        age: entry.keys === undefined ? undefined : now - entry.fetchedAt,
        failure: entry.failure,
        card: entry.card,
      }));
    },
  };
}

function newEntry(location: DirectoryLocation): Entry {
  return {
    location,
    keys: undefined,
    card: undefined,
    fetchedAt: 0,
    freshUntil: 0,
    staleUntil: 0,
    retryAt: 0,
    failures: 0,
    failure: undefined,
    pending: undefined,
    pendingSince: 0,
  };
}

function missing(reason: UnverifiedReason): KeyLookup {
  return { kind: "missing", reason };
}
