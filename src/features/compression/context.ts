import { BoundedCache } from "../../memory/bounded-cache.ts";
import { hashedKey } from "../../http/digest.ts";
import { canonicalUrl } from "../../http/target.ts";
import { originOf, type Exchange } from "../../pipeline/exchange.ts";
import { andThen } from "../../timing/and-then.ts";
import { ExchangeValue } from "../../pipeline/exchange-value.ts";
import type { Awaitable } from "../../pipeline/stage.ts";
import type { Generations } from "../../store/store.ts";
import type { PlainCodec } from "../../codecs/plain/codec.ts";
import type { Scheduler } from "../../timing/scheduler.ts";
import type { Sightings } from "../../timing/sightings.ts";
import type { AutoDictionaries } from "./auto/auto.ts";
import type { BlobCache } from "../../cache/blob-cache.ts";
import type { BuiltDeltas } from "./built.ts";
import type { NetworkOf } from "./client-name.ts";
import type { Deltas } from "./deltas.ts";
import type { Groups } from "./groups.ts";
import type { Resources } from "./resources.ts";
import type { CompiledDictionary } from "./role.ts";
import type { Standings } from "./standings.ts";
import type { CompressionPolicy, DictionaryPolicy } from "./policy.ts";

/** The context that the parts of the stage share. */
export interface Context {
  readonly groups: Groups;
  /** Who fetches and uses the versions of groups. */
  readonly standings: Standings;
  readonly networkOf: NetworkOf;
  /** Whether nobody can be refused what is at a target (origin-form) of a host. */
  readonly isOpen: (host: string, target: string) => boolean;
  /** Decides which work behind responses begins. */
  readonly scheduler: Scheduler;
  /** Counts how often a piece of work was wanted. */
  readonly wanted: Sightings;
  /** The network of the client that causes work. */
  readonly causedBy: (exchange: Exchange) => string;
  readonly resources: Resources;
  readonly blobs: BlobCache;
  readonly deltas: Deltas;
  readonly plain: readonly PlainCodec[];
  readonly compile: (policy: CompressionPolicy) => CompiledDictionary | undefined;
  /** Deltas built ahead, in the folder that a rule names. */
  readonly builtIn: (folder: string) => BuiltDeltas | undefined;
  /** Bytes of content, and of a dictionary, up to which a client may wait for its delta. */
  readonly inlineBytes: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** What finds dictionaries by itself, within the budget of a rule. */
  readonly automatic: (policy: DictionaryPolicy) => AutoDictionaries;
  /** The origin and generation within which the automatic mode compares versions of a group. */
  readonly scopeOf: (exchange: Exchange, match: string) => Promise<string>;
  /** A match group's name in the stores: of one origin and one generation. */
  readonly groupId: (exchange: Exchange, match: string) => Awaitable<string>;
  /** A URL's name among the resources: for one exchange always the same. */
  readonly resourceKey: (exchange: Exchange) => Awaitable<string>;
  /** What of a name is made anew by a purge. */
  readonly generationOf: Generations["of"];
}

/** Names under which things are stored; a purge makes new ones. */
export function namer(
  generations: Generations,
): Pick<Context, "groupId" | "resourceKey" | "generationOf" | "scopeOf"> {
  const ids = new BoundedCache<string>({ name: "groups", max: 5000 });
  // Asked once for each exchange, before the origin: a response from before a purge stays behind
  // it.
  const keys = new ExchangeValue<Awaitable<string>>();
  return {
    groupId(exchange, match) {
      const origin = originOf(exchange);
      const named = (generation: string): Awaitable<string> => {
        const name = `${generation}\n${origin}\n${match}`;
        return ids.get(name) ?? groupIdOf(name, ids);
      };
      const generation = generations.of({ group: match });
      return andThen(generation, named);
    },
    async scopeOf(exchange, match) {
      return `${await generations.of({ group: match })} ${originOf(exchange)}`;
    },
    generationOf: (scope) => generations.of(scope),
    resourceKey(exchange) {
      let key = keys.get(exchange);
      if (key === undefined) {
        key = resourceKey(exchange, generations);
        keys.set(exchange, key);
      }
      return key;
    },
  };
}

async function groupIdOf(name: string, ids: BoundedCache<string>): Promise<string> {
  const id = await hashedKey("dictionaries", name);
  ids.set(name, id);
  return id;
}

/** What a purge names a request's resource by. */
export function purgeScope(exchange: Exchange): { readonly url: string } {
  return { url: canonicalUrl(originOf(exchange), exchange.target) };
}

/** A resource's name in one generation. */
export function keyOf(generation: string, exchange: Exchange): string {
  return `${generation} ${originOf(exchange)}${exchange.target}`;
}

function resourceKey(exchange: Exchange, generations: Generations): Awaitable<string> {
  return andThen(generations.of(purgeScope(exchange)), (generation) => keyOf(generation, exchange));
}
