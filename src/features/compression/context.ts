import { oncePer } from "../../http/once-per.ts";
import { networkOf } from "../../agent/network.ts";
import { BlobCache } from "../../cache/blob-cache.ts";
import type { BuiltDeltas, FeatureParts } from "../../feature/parts.ts";
import { hashedKey } from "../../http/digest.ts";
import { canonicalUrl } from "../../http/target.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { MemoryBudget } from "../../memory/budget.ts";
import { ExchangeValue } from "../../pipeline/exchange-value.ts";
import { originOf, type Exchange } from "../../pipeline/exchange.ts";
import type { Generations } from "../../store/store.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";
import type { Scheduler } from "../../timing/scheduler.ts";
import { Sightings } from "../../timing/sightings.ts";
import { warmingOf } from "../../pipeline/warming.ts";
import { AutoDictionaries } from "./auto/auto.ts";
import { ChunkFolders } from "./chunks/folders.ts";
import { DictionaryLinks } from "./chunks/links.ts";
import { createCookieProofs } from "./cookie-proof.ts";
import { Deltas } from "./deltas.ts";
import type { DictionaryPolicy } from "./policy.ts";
import { PAGES_GROUP } from "./pages/address.ts";
import { GroupsWithPages, PAGES_KIND } from "./pages/groups.ts";
import { PageLearning } from "./pages/learning.ts";
import { Resources } from "./resources.ts";
import { dictionaryCompiler } from "./role.ts";
import { Standings } from "./standings.ts";

/** The parts from which the stage is made. */
export interface CompressionParts extends Pick<
  FeatureParts,
  | "store"
  | "generations"
  | "codecs"
  | "plain"
  | "now"
  | "builtIn"
  | "inlineBytes"
  | "contentBytes"
  | "scheduler"
  | "backgroundLimit"
  | "onStoreFault"
> {
  /** @default none, so that no request of our own proves that content is independent of cookies */
  readonly own?: FeatureParts["own"];
  readonly policies: Pick<FeatureParts["policies"], "isOpen">;
  readonly log: Pick<FeatureParts["log"], "warn">;
  /** The budget of content in memory. @default that of the process */
  readonly memory?: MemoryBudget | undefined;
}

const AT_ONCE: Pick<Scheduler, "run"> = { run: (_work, act) => act() };

/** Share of the start gain below which the automatic mode stops; lower, so that it is steady. */
const STOPS_AT = 0.6;

/** The parts that the files of this stage share. */
export type Context = ReturnType<typeof createContext>;

export function createContext(parts: CompressionParts) {
  const { store, now, codecs, plain = [], scheduler, onStoreFault: onFault } = parts;
  const { inlineBytes = 8_388_608 } = parts;
  const blobs = new BlobCache(store.blobs, onFault, parts.memory);
  const groups = new GroupsWithPages({ ledger: store.ledger, blobs, now, onFault });
  const folders = new Map<string, BuiltDeltas | undefined>();
  // On Workers, a request has little CPU time.
  const isFree = parts.backgroundLimit === undefined;
  return {
    ...namer(parts.generations),
    /** Seconds since the epoch. */
    now,
    scheduler,
    /** The scheduler of work that an exchange causes: the operator's own begins at once. */
    schedulerFor: (exchange: Exchange): Pick<Scheduler, "run"> =>
      isFree && warmingOf(exchange) !== undefined ? AT_ONCE : scheduler,
    plain,
    blobs,
    groups,
    learning: new PageLearning({
      own: parts.own,
      now,
      scheduler,
      codecs,
      plain,
      groups,
      causedBy,
      warn: parts.log.warn.bind(parts.log),
    }),
    resources: new Resources(store.index, onFault, now),
    deltas: new Deltas({ codecs, plain, groups, scheduler }),
    standings: new Standings(),
    chunks: new ChunkFolders({ ...store, now, scheduler, warn: parts.log.warn.bind(parts.log) }),
    links: new DictionaryLinks(),
    /** Counts how often a piece of work was requested. */
    wanted: new Sightings(),
    compile: dictionaryCompiler(parts.contentBytes),
    automatic: automaticModes(parts, plain),
    /** The largest content or dictionary for which a client waits, in bytes. */
    inlineBytes,
    /** Whether no client can be refused an origin-form target of a host. */
    isOpen: (host: string, target: string) => parts.policies.isOpen(host, target),
    causedBy,
    proofs: createCookieProofs({ own: parts.own, now, scheduler, causedBy }),
    /** Prebuilt deltas in a folder that a rule names. */
    builtIn: (folder: string): BuiltDeltas | undefined => {
      if (!folders.has(folder)) folders.set(folder, parts.builtIn?.(folder));
      return folders.get(folder);
    },
  };
}

/** The network of the client that causes work. */
function causedBy({ clientAddress: address }: Exchange): string {
  return address === undefined ? "" : networkOf(address);
}

function automaticModes(
  { store, codecs, now, scheduler, log }: CompressionParts,
  plain: NonNullable<CompressionParts["plain"]>,
): (policy: DictionaryPolicy) => AutoDictionaries {
  return oncePer((policy) => {
    const { gain: startGain, trials: trialsPerHour } = policy.budget;
    const stopGain = startGain * STOPS_AT;
    const budget = { startGain, stopGain, trialsPerHour, mostBytes: policy.maxBytes };
    const { ledger, blobs } = store;
    const warn = log.warn.bind(log);
    return new AutoDictionaries({ ledger, blobs, codecs, plain, now, scheduler, warn, budget });
  });
}

/** Makes the names under which groups and resources are stored; a purge changes them. */
function namer(generations: Generations) {
  const ids = new BoundedCache<string>({ name: "groups", max: 5000 });
  const store = (name: string, id: string): string => {
    ids.set(name, id);
    return id;
  };
  // Computed before the request to the origin server: a purge outdates a response on its way.
  const keys = new ExchangeValue<Awaitable<string>>();
  return {
    /** The name of a match group in stores, within its origin and generation. */
    groupId: (exchange: Exchange, match: string): Awaitable<string> => {
      const origin = originOf(exchange);
      return andThen(generations.of({ group: match }), (generation): Awaitable<string> => {
        const name = `${generation}\n${origin}\n${match}`;
        const kind = match === PAGES_GROUP ? PAGES_KIND : "dictionaries";
        return ids.get(name) ?? hashedKey(kind, name).then((id) => store(name, id));
      });
    },
    /** The scope of the automatic mode: origin and generation. */
    scopeOf: async (exchange: Exchange, match: string): Promise<string> =>
      `${await generations.of({ group: match })} ${originOf(exchange)}`,
    /** The generation of a name, which a purge changes. */
    generationOf: (scope: PurgeScope) => generations.of(scope),
    /** The name of a URL among the resources; constant for one exchange. */
    resourceKey: (exchange: Exchange): Awaitable<string> => {
      let key = keys.get(exchange);
      if (key === undefined) {
        const generation = generations.of(purgeScope(exchange));
        key = andThen(generation, (known) => keyOf(known, exchange));
        keys.set(exchange, key);
      }
      return key;
    },
  };
}

/** The URL or match group that a purge names. */
export type PurgeScope = Parameters<Generations["of"]>[0];

/** The URL by which a purge finds a request's resource. */
export function purgeScope(exchange: Exchange): { readonly url: string } {
  return { url: canonicalUrl(originOf(exchange), exchange.target) };
}

/** The name of a resource in one generation. */
export function keyOf(generation: string, exchange: Exchange): string {
  return `${generation} ${originOf(exchange)}${exchange.target}`;
}
