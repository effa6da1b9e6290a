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

/** The parts that the files of this stage share. */
export interface Context {
  readonly groups: Groups;
  /** The clients that fetch and use versions of groups. */
  readonly standings: Standings;
  readonly networkOf: NetworkOf;
  /** Whether no client can be refused an origin-form target of a host. */
  readonly isOpen: (host: string, target: string) => boolean;
  /** Admits background work. */
  readonly scheduler: Scheduler;
  /** Counts how often a piece of work was requested. */
  readonly wanted: Sightings;
  /** The network of the client that causes work. */
  readonly causedBy: (exchange: Exchange) => string;
  readonly resources: Resources;
  readonly blobs: BlobCache;
  readonly deltas: Deltas;
  readonly plain: readonly PlainCodec[];
  readonly compile: (policy: CompressionPolicy) => CompiledDictionary | undefined;
  /** Prebuilt deltas in a folder that a rule names. */
  readonly builtIn: (folder: string) => BuiltDeltas | undefined;
  /** The largest content or dictionary for which a client waits, in bytes. */
  readonly inlineBytes: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** The automatic mode with the budget of a rule. */
  readonly automatic: (policy: DictionaryPolicy) => AutoDictionaries;
  /** The scope of the automatic mode: origin and generation. */
  readonly scopeOf: (exchange: Exchange, match: string) => Promise<string>;
  /** The name of a match group in stores, within its origin and generation. */
  readonly groupId: (exchange: Exchange, match: string) => Awaitable<string>;
  /** The name of a URL among the resources; constant for one exchange. */
  readonly resourceKey: (exchange: Exchange) => Awaitable<string>;
  /** The generation of a name, which a purge changes. */
  readonly generationOf: Generations["of"];
}

/** Makes the names under which groups and resources are stored; a purge changes them. */
export function namer(
  generations: Generations,
): Pick<Context, "groupId" | "resourceKey" | "generationOf" | "scopeOf"> {
  const ids = new BoundedCache<string>({ name: "groups", max: 5000 });
  // Computed before the request to the origin server, so that a response from before a purge has an old name.
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

/** The URL by which a purge finds a request's resource. */
export function purgeScope(exchange: Exchange): { readonly url: string } {
  return { url: canonicalUrl(originOf(exchange), exchange.target) };
}

/** The name of a resource in one generation. */
export function keyOf(generation: string, exchange: Exchange): string {
  return `${generation} ${originOf(exchange)}${exchange.target}`;
}

function resourceKey(exchange: Exchange, generations: Generations): Awaitable<string> {
  return andThen(generations.of(purgeScope(exchange)), (generation) => keyOf(generation, exchange));
}
