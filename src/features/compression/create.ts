import type { DeltaCodec } from "../../codecs/delta.ts";
import type { PlainCodec } from "../../codecs/plain/codec.ts";
import type { Generations, Store } from "../../store/store.ts";
import { AutoDictionaries } from "./auto/auto.ts";
import { BlobCache } from "../../cache/blob-cache.ts";
import type { BuiltDeltas } from "./built.ts";
import type { NetworkOf } from "./client-name.ts";
import { namer, type Context } from "./context.ts";
import { Deltas } from "./deltas.ts";
import { Groups } from "./groups.ts";
import { Resources } from "./resources.ts";
import type { DictionaryPolicy } from "./policy.ts";
import { dictionaryCompiler } from "./role.ts";
import { Standings } from "./standings.ts";
import { Sightings } from "../../timing/sightings.ts";
import type { MemoryBudget } from "../../memory/budget.ts";
import { createScheduler, type Scheduler } from "../../timing/scheduler.ts";

/** The parts of the stage. */
export interface ContentCodingOptions {
  readonly store: Store;
  readonly generations: Generations;
  /** The codecs of this runtime: with a dictionary, and plain. */
  readonly codecs: readonly DeltaCodec[];
  readonly plain: readonly PlainCodec[];
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Prebuilt deltas in a folder that a rule names; undefined if there are none. */
  readonly builtIn?: ((folder: string) => BuiltDeltas | undefined) | undefined;
  /** Content and dictionaries up to this many bytes are compressed while a client waits. @default 8388608 */
  readonly inlineBytes?: number | undefined;
  /** The budget of content in memory. @default that of the process */
  readonly memory?: MemoryBudget | undefined;
  /** Returns the network of a client's address. @default the address itself */
  readonly networkOf?: NetworkOf | undefined;
  /** The site's scheduler. @default one of its own */
  readonly scheduler?: Scheduler | undefined;
  /** Whether no client can be refused an origin-form target. @default always true */
  readonly isOpen?: Context["isOpen"] | undefined;
  /** Reports a failure of the store to the operator; the response is sent without the store. */
  readonly onFault: (error: unknown) => void;
  /** Reports an event of the automatic mode. */
  readonly warn?: ((event: string, facts: Readonly<Record<string, unknown>>) => void) | undefined;
}

/** Share of the start gain below which the automatic mode stops; lower, so that it does not flap. */
const STOPS_AT = 0.6;

/** Creates the parts that the files of this stage share. */
export function createContext(options: ContentCodingOptions): Context {
  const { store, now, onFault, plain, codecs } = options;
  const { networkOf = (address: string) => address } = options;
  const { scheduler = createScheduler(now) } = options;
  const blobs = new BlobCache(store.blobs, onFault, options.memory);
  const groups = new Groups({ ledger: store.ledger, blobs, now, onFault });
  const folders = new Map<string, BuiltDeltas | undefined>();
  const finders = new WeakMap<DictionaryPolicy, AutoDictionaries>();
  const automatic = (policy: DictionaryPolicy): AutoDictionaries => {
    let finder = finders.get(policy);
    if (finder === undefined) {
      const { gain, trials } = policy.budget;
      const budget = { startGain: gain, stopGain: gain * STOPS_AT, trialsPerHour: trials };
      const shared = { ledger: store.ledger, blobs: store.blobs, codecs, plain, now, scheduler };
      const { warn = () => {} } = options;
      finder = new AutoDictionaries({
        ...shared,
        warn,
        budget: { ...budget, mostBytes: policy.maxBytes },
      });
      finders.set(policy, finder);
    }
    return finder;
  };
  return {
    automatic,
    blobs,
    groups,
    standings: new Standings(),
    isOpen: options.isOpen ?? (() => true),
    networkOf,
    scheduler,
    wanted: new Sightings(),
    causedBy: ({ clientAddress: address }) => (address === undefined ? "" : networkOf(address)),
    resources: new Resources(store.index, onFault, now),
    deltas: new Deltas({ codecs, plain, groups, scheduler }),
    plain,
    compile: dictionaryCompiler(),
    builtIn(folder) {
      if (!folders.has(folder)) folders.set(folder, options.builtIn?.(folder));
      return folders.get(folder);
    },
    inlineBytes: options.inlineBytes ?? 8_388_608,
    now,
    ...namer(options.generations),
  };
}
