import { createHash } from "node:crypto";
import type { DeltaCodec } from "../../../../src/codecs/delta.ts";
import { nodeDeltaCodecs } from "../../../../src/runtime/node/codecs.ts";
import {
  AutoDictionaries,
  type AutoOptions,
} from "../../../../src/features/compression/auto/auto.ts";
import { groupId, groupKey } from "../../../../src/features/compression/auto/group-memory.ts";
import { parseGroup, type Group } from "../../../../src/features/compression/auto/group.ts";
import { templateOf } from "../../../../src/features/compression/auto/template.ts";
import type { GroupVerdict } from "../../../../src/features/compression/auto/verdict.ts";
import { memoryLedger } from "../../../../src/store/memory-ledger.ts";
import type { BlobStore, LedgerStore } from "../../../../src/store/store.ts";
import { createScheduler } from "../../../../src/timing/scheduler.ts";
import { br } from "./plain.ts";

/** A scope as a caller makes it. */
export const SCOPE = "https://a.example generation 0";

/** A store and a clock that processes share, and what they did. */
export class World {
  time = 1_800_000_000;
  readonly blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  reads = 0;
  changes = 0;
  puts = 0;
  trials = 0;
  readonly warnings: string[] = [];
  readonly ledger: LedgerStore;
  readonly store: BlobStore;
  readonly codecs: readonly DeltaCodec[];

  constructor() {
    const ledger = memoryLedger(() => this.time);
    this.ledger = {
      read: (group) => {
        this.reads++;
        return ledger.read(group);
      },
      change: (group, changes) => {
        this.changes++;
        return ledger.change(group, changes);
      },
      claim: (group, key, ttl) => ledger.claim(group, key, ttl),
    };
    this.store = {
      get: async (name) => this.blobs.get(name),
      put: async (name, content) => {
        this.puts++;
        this.blobs.set(name, content);
      },
      delete: async (name) => {
        this.blobs.delete(name);
      },
    };
    this.codecs = nodeDeltaCodecs().map((codec) => ({
      coding: codec.coding,
      encode: (...all) => {
        this.trials++;
        return codec.encode(...all);
      },
    }));
  }

  /** Another process, or the same after a restart. */
  process(options: Partial<AutoOptions> = {}): AutoDictionaries {
    return new AutoDictionaries({
      ledger: this.ledger,
      blobs: this.store,
      codecs: this.codecs,
      plain: [br],
      now: () => this.time,
      scheduler: createScheduler(() => this.time),
      warn: (event) => this.warnings.push(event),
      // For a busy machine; who is to wait in vain asks for less.
      lookPatience: 5000,
      patience: 5000,
      ...options,
    });
  }

  get storedBytes(): number {
    return [...this.blobs.values()].reduce((sum, { length }) => sum + length, 0);
  }
}

/** How long is waited for what never comes, in milliseconds. */
export const IMPATIENT = { lookPatience: 200, patience: 300 };

/** What a process sees of a response. */
export async function see(
  auto: AutoDictionaries,
  target: string,
  content: Uint8Array<ArrayBuffer>,
  scope = SCOPE,
): Promise<void> {
  const hash = createHash("sha256").update(content).digest("hex");
  await auto.see(scope, templateOf(target), { url: `https://a.example${target}`, hash, content });
}

/** What the ledger says about the group of a target. */
export async function recorded(world: World, target: string): Promise<Group> {
  const id = await groupId(groupKey(SCOPE, templateOf(target)));
  return parseGroup(await world.ledger.read(id));
}

/** What a process would do with a response. */
export async function look(
  auto: AutoDictionaries,
  target: string,
  scope = SCOPE,
): Promise<GroupVerdict> {
  return auto.look(scope, templateOf(target));
}

/** The verdict in two words. */
export async function reason(
  auto: AutoDictionaries,
  target: string,
  scope = SCOPE,
): Promise<string> {
  return (await look(auto, target, scope)).reason;
}

/** A codec that gives so many bytes, or refuses. */
export function codecOf(lengthOf: (content: Uint8Array) => number | undefined): DeltaCodec {
  return {
    coding: "dcz",
    encode(content) {
      const length = lengthOf(content);
      return length === undefined ? undefined : new Uint8Array(length);
    },
  };
}
