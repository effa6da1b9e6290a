import { AllowList } from "./allow-list.ts";
import { DirectoryEntry, type DirectoryState } from "./directory-entry.ts";
import type { DirectoryFetch, FetchRules } from "./directory-fetch.ts";
import { networkOf } from "../network.ts";
import { NewOrigins } from "./directory-limits.ts";
import { Discovered } from "./discovered.ts";
import { isFetchable, type DirectoryLocation, type UrlRules } from "./directory-url.ts";
import type { UnverifiedReason } from "./reasons.ts";
import type { Awaitable } from "../../timing/and-then.ts";
import type { KeyLookup, KeySource } from "./key-source.ts";
import { publicDirectory } from "./own-directory.ts";
import type { PrivateJwk } from "./private-key.ts";
import { staticKeys } from "./static-keys.ts";
import { within } from "../../timing/timeout.ts";

/** Directories that are cached without an entry of their own in the allow-list, at most. */
const MOST_DISCOVERED = 256;

export interface DirectoryOptions extends UrlRules {
  readonly fetch: DirectoryFetch;
  /** Seconds since the epoch. */
  now(): number;
  /** Trusted directories: exact URLs, or origins, which include all their URLs. */
  readonly allow: readonly string[];
  /** The site's own agents, whose keys need no fetch. @default none */
  readonly own?: { readonly origin: string; readonly keys: readonly PrivateJwk[] } | undefined;
  /** Accepts directories that are not listed. @default false */
  readonly openDiscovery?: boolean;
  /** @default false */
  readonly allowTestKeys?: boolean;
  /** Milliseconds that a fetch may take in all. @default 2000 */
  readonly deadline?: number;
  /** Milliseconds for which a look-up waits for an unlisted directory. @default 0 */
  readonly wait?: number;
}

/**
 * The context of a request: the client for which new origins are counted, and the way to run work
 * after the response.
 */
export interface LookupContext {
  readonly client?: string;
  background?(work: Promise<unknown>): void;
}

/**
 * The client for key directories, with a bounded cache (RFC 9111); throws on a bad allow-list. Its
 * checks are fields, so that an object spread has them.
 */
export class Directories {
  readonly #options: DirectoryOptions;
  readonly #allowList: AllowList;
  readonly #newOrigins = new NewOrigins();
  readonly #listed = new Map<string, DirectoryEntry>();
  readonly #discovered = new Discovered(MOST_DISCOVERED);
  readonly #rules: FetchRules;
  readonly #ownKeys: Promise<KeySource | undefined> | undefined;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.#allowList = new AllowList(options.allow, options);
    const { own } = options;
    this.#ownKeys = own && publicDirectory(own.keys).then((keys) => staticKeys(keys, options));
    this.#rules = {
      fetch: options.fetch,
      now: () => options.now(),
      deadline: options.deadline ?? 2000,
      allowTestKeys: options.allowTestKeys === true,
      mayFollow: (card, jwksUri) =>
        isFetchable(jwksUri, options) &&
        (card.origin === jwksUri.origin || this.#allowList.covers(jwksUri)),
    };
  }

  /** The keys for one request. */
  readonly forRequest = (context: LookupContext): KeySource => ({
    find: (location, keyid) => this.#find(location, keyid, context),
  });

  /** Whether the operator has listed the directory; other directories never grant a category. */
  readonly isListed = (url: URL): boolean => this.#isOwn(url) || this.#allowList.covers(url);

  readonly isFetchable = (url: URL): boolean => this.#isOwn(url) || isFetchable(url, this.#options);

  /** Whether keys from this URL may be used at all. */
  readonly isAllowed = (url: URL): boolean =>
    this.#options.openDiscovery === true || this.isListed(url);

  /** Fetches listed directories that are not fresh; for a start or a schedule. */
  async prefetch(): Promise<void> {
    const now = this.#options.now();
    const work: Promise<void>[] = [];
    for (const location of this.#allowList.locations) {
      const entry = this.#entryFor(location, "", now);
      if (entry !== undefined && !entry.isFresh(now) && entry.mayRefresh(now)) {
        work.push(entry.refresh(this.#rules, now));
      }
    }
    await Promise.all(work);
  }

  describe(): readonly DirectoryState[] {
    const now = this.#options.now();
    return [...this.#listed.values(), ...this.#discovered.values()].map((entry) =>
      entry.describe(now),
    );
  }

  #entryFor(location: DirectoryLocation, client: string, now: number): DirectoryEntry | undefined {
    // A URL has one entry as a card, and one as a key set.
    const id = location.type === "cimd" ? `cimd ${location.url.href}` : location.url.href;
    if (this.#allowList.names(location.url)) {
      const entry = this.#listed.get(id) ?? new DirectoryEntry(location);
      this.#listed.set(id, entry);
      return entry;
    }
    const known = this.#discovered.get(id);
    if (known !== undefined) return known;
    const network = networkOf(client);
    if (!this.#newOrigins.admit(network, now)) return undefined;
    const entry = new DirectoryEntry(location);
    this.#discovered.add(id, entry, network);
    return entry;
  }

  #find(location: DirectoryLocation, keyid: string, context: LookupContext): Awaitable<KeyLookup> {
    if (this.#isOwn(location.url)) return this.#findOwn(location, keyid);
    if (!isFetchable(location.url, this.#options)) return missing("directory-url-refused");
    if (!this.isAllowed(location.url)) return missing("directory-not-allowed");
    const now = this.#options.now();
    const entry = this.#entryFor(location, context.client ?? "", now);
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
    const work = entry.refresh(this.#rules, now);
    context.background?.(work);
    // Stale while revalidate (RFC 5861 §3).
    if (key !== undefined) return { kind: "found", key };
    const isListed = this.#allowList.covers(location.url);
    const wait = isListed ? this.#rules.deadline : (this.#options.wait ?? 0);
    return wait === 0 ? missing("directory-pending") : this.#afterFetch(wait, work, entry, keyid);
  }

  async #findOwn(location: DirectoryLocation, keyid: string): Promise<KeyLookup> {
    return (await this.#ownKeys)?.find(location, keyid) ?? missing("unknown-key");
  }

  async #afterFetch(
    wait: number,
    work: Promise<void>,
    entry: DirectoryEntry,
    keyid: string,
  ): Promise<KeyLookup> {
    const isDone = work.then(() => true);
    const ended = await within(wait, isDone, () => false);
    const keys = entry.keys(this.#options.now());
    const key = keys?.get(keyid);
    if (key !== undefined) return { kind: "found", key };
    if (!ended) return missing("directory-pending");
    return missing(keys === undefined ? (entry.failure ?? "directory-pending") : "unknown-key");
  }

  #isOwn({ origin }: URL): boolean {
    return origin === this.#options.own?.origin;
  }
}

function missing(reason: UnverifiedReason): KeyLookup {
  return { kind: "missing", reason };
}
