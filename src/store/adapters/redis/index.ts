import { parseRedisUrl } from "./address.ts";
import { RedisLink, type RedisEvents, type RedisLimits } from "./link.ts";
import { CHANGE_GROUP, PUT_BLOB, READ_GROUP } from "./scripts.ts";
import { lazyRates, type RateStore } from "../../rates.ts";
import type { ReplayStore } from "../../replay.ts";
import type { LedgerStore, Store } from "../../store.ts";
import { wholeSeconds } from "../../whole-seconds.ts";

export type { RedisEvents } from "./link.ts";

export interface RedisStoreOptions extends RedisEvents, RedisLimits {
  /** As in `redis://user:password@host:6379/0?prefix=site:`. @default prefix `wayleave:` */
  readonly url: string;
  /** Bytes of a blob, at most; larger ones are not stored. @default 8 MiB */
  readonly maxBlobBytes?: number;
  /** Seconds since the epoch, for the expiry of nonces. @default the process's clock */
  readonly now?: () => number;
}

/** A store that a fleet shares. */
export interface RedisStore extends Store {
  /** The replay store, on the same connection. */
  readonly replay: ReplayStore;
  /** Rates, on the same connection. */
  readonly rates: RateStore;
  /** Resolves after the first attempt to connect, with its error if it failed. */
  readonly opened: Promise<Error | undefined>;
}

/**
 * Creates a store on a Redis server, 5 or later. Every operation ends within its timeout; while the
 * server is unreachable, it rejects at once. Throws if the URL has a fault.
 */
export function redisStore(options: RedisStoreOptions): RedisStore {
  const { url, maxBlobBytes = 8 * 1024 * 1024, now = () => Date.now() / 1000 } = options;
  const address = parseRedisUrl(url);
  const link = new RedisLink(address, options, options);
  const { send } = link;
  const { prefix } = address;
  const blobKey = (hash: string): string => `${prefix}blob:${hash}`;
  const entryKey = (key: string): string => `${prefix}index:${key}`;

  /** Sets a key unless it exists; tells whether this call set it. */
  const take = async (key: string, seconds: number): Promise<boolean> =>
    (await send(["SET", key, "", "PX", milliseconds(seconds), "NX"])) !== null;

  return {
    opened: link.opened,
    blobs: {
      async get(hash) {
        const reply = await send(["GET", blobKey(hash)]);
        return reply instanceof Buffer ? new Uint8Array(reply) : undefined;
      },
      async put(hash, content, ttl) {
        if (wholeSeconds(ttl) === 0 || content.byteLength > maxBlobBytes) return;
        const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
        await send(["EVAL", PUT_BLOB, "1", blobKey(hash), bytes, milliseconds(ttl)]);
      },
      async delete(hash) {
        await send(["DEL", blobKey(hash)]);
      },
    },
    index: {
      async get(key) {
        const reply = await send(["GET", entryKey(key)]);
        return reply instanceof Buffer ? reply.toString() : undefined;
      },
      async put(key, value, ttl) {
        if (wholeSeconds(ttl) === 0) await send(["DEL", entryKey(key)]);
        else await send(["SET", entryKey(key), value, "PX", milliseconds(ttl)]);
      },
    },
    ledger: ledgerOn(link, prefix, take),
    replay: {
      async seen(key, until) {
        const left = until - now();
        return left > 0 && !(await take(`${prefix}seen:${key}`, left));
      },
    },
    rates: lazyRates(async () => (await import("./rates.ts")).redisRates(link, prefix)),
    close: () => link.close(),
  };
}

function ledgerOn(
  { send }: RedisLink,
  prefix: string,
  take: (key: string, seconds: number) => Promise<boolean>,
): LedgerStore {
  const groupKey = (group: string): string => `${prefix}ledger:${group}`;
  return {
    async read(group) {
      const reply = await send(["EVAL", READ_GROUP, "1", groupKey(group)]);
      return pairs(Array.isArray(reply) ? reply : []);
    },
    async change(group, changes) {
      if (changes.length === 0) return;
      const list = changes.flatMap(({ key, value, ttl }) => [
        value === undefined ? "0" : milliseconds(ttl),
        key,
        value ?? "",
      ]);
      await send(["EVAL", CHANGE_GROUP, "1", groupKey(group), ...list]);
    },
    async claim(group, key, ttl) {
      // The length marks the end of the group's name.
      const claim = `${prefix}claim:${group.length}:${group}:${key}`;
      if (wholeSeconds(ttl) === 0) return (await send(["EXISTS", claim])) === 0;
      return take(claim, ttl);
    },
  };
}

function milliseconds(seconds: number): string {
  return String(1000 * wholeSeconds(seconds));
}

function pairs(list: readonly unknown[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i + 1 < list.length; i += 2) found.set(String(list[i]), String(list[i + 1]));
  return found;
}
