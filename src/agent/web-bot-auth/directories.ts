import { AllowList } from "./allow-list.ts";
import { DirectoryEntry, type DirectoryState } from "./directory-entry.ts";
import type { DirectoryFetch, FetchRules } from "./directory-fetch.ts";
import { networkOf } from "../network.ts";
import { NewOrigins, type NewOriginLimits } from "./directory-limits.ts";
import { Discovered } from "./discovered.ts";
import { isFetchable, type DirectoryLocation, type UrlRules } from "./directory-url.ts";
import type { UnverifiedReason } from "./reasons.ts";
import type { Awaitable } from "../../timing/and-then.ts";
import type { KeyLookup, KeySource } from "./key-source.ts";
import { within } from "../../timing/timeout.ts";

export interface DirectoryOptions extends UrlRules {
  readonly fetch: DirectoryFetch;
  /** Seconds since the epoch. */
  now(): number;
  /** Trusted directories: exact URLs, or origins, which include all their URLs. */
  readonly allow: readonly string[];
  /** Accepts directories that are not listed. @default false */
  readonly openDiscovery?: boolean;
  /** @default false */
  readonly allowTestKeys?: boolean;
  /** Milliseconds that a fetch may take in all. @default 2000 */
  readonly deadline?: number;
  /** Directories that are cached without an entry of their own in `allow`, at most. @default 256 */
  readonly discovered?: number;
  /** @default 60 in all and 5 for a client's network in a minute */
  readonly newOrigins?: NewOriginLimits;
}

/**
 * The context of a request: the client for which new origins are counted, and the way to run work after the
 * response.
 */
export interface LookupContext {
  readonly client?: string;
  background?(work: Promise<unknown>): void;
}

export interface Directories extends KeySource {
  forRequest(context: LookupContext): KeySource;
  /** Whether keys from this URL may be used at all. */
  isAllowed(directory: URL): boolean;
  /** Whether the operator has listed the directory; other directories never grant a category. */
  isListed(directory: URL): boolean;
  isFetchable(directory: URL): boolean;
  /** Fetches listed directories that are not fresh; for a start or a schedule. */
  prefetch(): Promise<void>;
  describe(): readonly DirectoryState[];
}

/** The client for key directories: a bounded cache (RFC 9111) in front of `fetch`; throws on a bad allow-list. */
export function createDirectories(options: DirectoryOptions): Directories {
  const allowList = new AllowList(options.allow, options);
  const newOrigins = new NewOrigins(options.newOrigins ?? { window: 60, inAll: 60, perClient: 5 });
  const listed = new Map<string, DirectoryEntry>();
  const discovered = new Discovered(options.discovered ?? 256);
  const rules: FetchRules = {
    fetch: options.fetch,
    now: () => options.now(),
    deadline: options.deadline ?? 2000,
    allowTestKeys: options.allowTestKeys === true,
    mayFollow: (card, jwksUri) =>
      isFetchable(jwksUri, options) &&
      (card.origin === jwksUri.origin || allowList.covers(jwksUri)),
  };

  function entryFor(
    location: DirectoryLocation,
    client: string,
    now: number,
  ): DirectoryEntry | undefined {
    // A URL has one entry as a card, and one as a key set.
    const id = location.type === "cimd" ? `cimd ${location.url.href}` : location.url.href;
    if (allowList.names(location.url)) {
      const entry = listed.get(id) ?? new DirectoryEntry(location);
      listed.set(id, entry);
      return entry;
    }
    const known = discovered.get(id);
    if (known !== undefined) return known;
    const network = networkOf(client);
    if (!newOrigins.admit(network, now)) return undefined;
    const entry = new DirectoryEntry(location);
    discovered.add(id, entry, network);
    return entry;
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
    const keys = entry.keys(now);
    const key = keys?.get(keyid);
    if (key !== undefined && entry.isFresh(now)) return { kind: "found", key };
    if (!entry.mayRefresh(now)) {
      if (key !== undefined) return { kind: "found", key };
      return missing(
        keys === undefined ? (entry.failure ?? "directory-unavailable") : "unknown-key",
      );
    }
    const work = entry.refresh(rules, now);
    context.background?.(work);
    // Stale while revalidate (RFC 5861 §3).
    if (key !== undefined) return { kind: "found", key };
    if (allowList.covers(location.url)) return afterFetch(work, entry, keyid);
    return missing(keys === undefined ? "directory-pending" : "unknown-key");
  }

  async function afterFetch(
    work: Promise<void>,
    entry: DirectoryEntry,
    keyid: string,
  ): Promise<KeyLookup> {
    await within(rules.deadline, work, () => {});
    const keys = entry.keys(options.now());
    const key = keys?.get(keyid);
    if (key !== undefined) return { kind: "found", key };
    return missing(keys === undefined ? (entry.failure ?? "directory-pending") : "unknown-key");
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
        if (entry !== undefined && !entry.isFresh(now) && entry.mayRefresh(now)) {
          work.push(entry.refresh(rules, now));
        }
      }
      await Promise.all(work);
    },
    describe: () => {
      const now = options.now();
      return [...listed.values(), ...discovered.values()].map((entry) => entry.describe(now));
    },
  };
}

function missing(reason: UnverifiedReason): KeyLookup {
  return { kind: "missing", reason };
}
