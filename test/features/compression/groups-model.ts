import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { BlobCache } from "../../../src/cache/blob-cache.ts";
import {
  deltaKey,
  readGroup,
  type GroupState,
  type Standing,
} from "../../../src/features/compression/group-state.ts";
import { Groups, type GroupBounds } from "../../../src/features/compression/dictionary-groups.ts";
import { Resources } from "../../../src/features/compression/resources.ts";
import { memoryStore } from "../../../src/store/memory.ts";

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const contentOf = (version: number): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${"v".repeat(100)}${version}`);
const NAMES = Array.from({ length: 12 }, (_, i) => hashOf(new TextDecoder().decode(contentOf(i))));
const BOUNDS: GroupBounds = { dictionaries: 3, bytes: 450, variants: 2, ttl: 30 * 86_400 };
const IDLE = 3600;

type Act =
  | {
      readonly kind: "keep";
      readonly process: number;
      readonly versions: readonly number[];
      readonly standing: Standing;
    }
  | {
      readonly kind: "delta";
      readonly process: number;
      readonly pairs: readonly (readonly number[])[];
    }
  | { readonly kind: "use"; readonly process: number; readonly version: number }
  | { readonly kind: "pass"; readonly seconds: number };

const process = fc.nat(1);
const version = fc.nat(NAMES.length - 1);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constant("keep" as const),
    process,
    versions: fc.array(version, { minLength: 1, maxLength: 4 }),
    standing: fc.constantFrom<Standing[]>(0, 1, 2),
  }),
  fc.record({
    kind: fc.constant("delta" as const),
    process,
    pairs: fc.array(fc.tuple(version, version), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant("use" as const), process, version }),
  fc.record({ kind: fc.constant("pass" as const), seconds: fc.constantFrom(1, 31, 1800, 4000) }),
);

/** Whatever two processes do at a time, the ledger stays within the budget but for who was quicker. */
export function groupsHold(most: number) {
  return fc.asyncProperty(fc.array(act, { maxLength: most, size: "max" }), async (acts) => {
    let time = 1_800_000_000;
    const now = (): number => time;
    const store = memoryStore({ now });
    const processes = [0, 1].map(() => {
      const blobs = new BlobCache(store.blobs, fail);
      return new Groups({ ledger: store.ledger, blobs, now, onFault: fail });
    });
    /** Since what a process knows may be so old, both may have been at work. */
    let lastWrites: { readonly process: number; readonly at: number }[] = [];
    for (const each of acts) {
      if (each.kind === "pass") {
        time += each.seconds;
        continue;
      }
      const groups = processes[each.process] as Groups;
      const before = readGroup(await store.ledger.read("g"));
      if (each.kind === "use") {
        const hash = NAMES[each.version] as string;
        const content = await groups.dictionary("g", hash);
        if (content !== undefined) {
          equal(hashOf(new TextDecoder().decode(content)), hash, "other bytes");
          await groups.stamp("g", { dictionary: hash, standing: 0 }, BOUNDS.ttl);
          lastWrites.push({ process: each.process, at: time });
        }
        continue;
      }
      if (each.kind === "keep") {
        const work = each.versions.map((one) =>
          groups.storeDictionary("g", NAMES[one] as string, contentOf(one), BOUNDS, each.standing),
        );
        await Promise.all(work);
      } else {
        const work = each.pairs.map(([content, dictionary]) =>
          groups.storeDelta(
            "g",
            {
              content: NAMES[content as number] as string,
              dictionary: NAMES[dictionary as number] as string,
              coding: "dcz",
            },
            contentOf(100 + (content as number) * 20 + (dictionary as number)),
            BOUNDS,
          ),
        );
        await Promise.all(work);
      }
      lastWrites = lastWrites.filter(({ at }) => at > time - 300);
      lastWrites.push({ process: each.process, at: time });
      const after = readGroup(await store.ledger.read("g"));
      // One process alone is exact; where the other wrote lately, this one may not know of it yet.
      const isAlone = new Set(lastWrites.map((write) => write.process)).size === 1;
      // What two have overdone stays until the next version comes.
      const bound = (most: number, had: number): number => Math.max(isAlone ? most : 2 * most, had);
      const bytes = (state: GroupState): number =>
        [...state.dictionaries.values()].reduce((sum, { size }) => sum + size, 0);
      const deltas = (state: GroupState, name: string): number =>
        [...state.deltas.values()].filter(({ content }) => content === name).length;
      const { dictionaries, variants } = BOUNDS;
      atMost(
        after.dictionaries.size,
        bound(dictionaries, before.dictionaries.size),
        "dictionaries",
      );
      atMost(bytes(after), bound(BOUNDS.bytes, bytes(before)), "bytes");
      for (const name of NAMES) {
        atMost(deltas(after, name), bound(variants, deltas(before, name)), `deltas of ${name}`);
      }
      if (each.kind !== "keep" || !isAlone) continue;
      for (const [hash, { usedAt, seenAt, standing }] of before.dictionaries) {
        if (after.dictionaries.has(hash)) continue;
        if (standing > 0 && !after.evicted.has(hash)) {
          throw new Error("a version went without a tombstone");
        }
        // Whoever went was not used later than whoever stayed, to the hour, and did not stand higher.
        for (const stayed of after.dictionaries.values()) {
          if (!before.dictionaries.has(stayed.hash)) continue;
          // What went in this very step, and came back, is new.
          if (each.versions.some((one) => NAMES[one] === stayed.hash)) continue;
          atMost(standing, stayed.standing, "the standing");
          if (standing < stayed.standing) continue;
          const last = Math.max(stayed.usedAt, stayed.seenAt);
          atMost(Math.max(usedAt, seenAt), last + IDLE, "last use");
        }
      }
      for (const hash of after.dictionaries.keys()) {
        if (before.dictionaries.has(hash)) continue;
        if (before.evicted.has(hash)) throw new Error("a version came back at once");
      }
    }
  });
}

function fail(error: unknown): never {
  throw error;
}

function equal(one: unknown, other: unknown, what: string): void {
  if (one !== other) throw new Error(`${what}: ${String(one)}, not ${String(other)}`);
}

function atMost(value: number, most: number, what: string): void {
  if (value > most) throw new Error(`${value} ${what}, where ${most} is the most`);
}

const H = "a".repeat(64);
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.json(),
  fc.constantFrom(
    "",
    "-",
    "- 1",
    "- 1 2 3",
    "- -1 0 0",
    "- 1e99 0 0",
    `${H} 1 2`,
    "- NaN 0 0",
    "{}",
  ),
);
const key = fc.oneof(
  text,
  fc.constantFrom(
    `dictionary/${H}`,
    `evicted/${H}`,
    deltaKey(H, H, "dcb"),
    `delta/${H}/${H}.br`,
    `delta/${H}/x.dcb`,
    `dictionary/${H}/more`,
    "dictionary/__proto__",
  ),
);
const resource = fc
  .record({
    fields: fc.oneof(fc.array(text, { maxLength: 4 }), fc.anything()),
    selecting: fc.oneof(fc.constant([]), fc.anything()),
    storedAt: fc.oneof(fc.constant(0), fc.anything()),
    confirmedAt: fc.constant(0),
    age: fc.constant(0),
    lifetime: fc.oneof(fc.constant(60), fc.anything()),
    content: fc.oneof(fc.constant(H), text),
    length: fc.constant(1),
    plain: fc.oneof(fc.constant(undefined), fc.anything()),
  })
  .map((each) =>
    JSON.stringify(each, (_key, value: unknown) => (typeof value === "bigint" ? 0 : value)),
  );

/** What a store may give back for a group and for a resource. */
export const garbage = fc.record({
  entries: fc.array(fc.tuple(key, text), { maxLength: 8 }),
  resource: fc.oneof(text, resource),
});

/** Garbage is as good as nothing, and what gets through is whole. */
export async function readsGarbage(given: {
  readonly entries: readonly (readonly [string, string])[];
  readonly resource: string;
}): Promise<void> {
  const state = readGroup(new Map(given.entries));
  for (const [hash, { size, seenAt, usedAt }] of state.dictionaries) {
    for (const each of [size, seenAt, usedAt]) atMost(-each, 0, "below zero");
    equal(/^[0-9a-f]{64}$/.test(hash), true, "a hash");
  }
  for (const { blob, coding } of state.deltas.values()) {
    equal(blob === undefined || /^[0-9a-f]{64}$/.test(blob), true, "a blob's name");
    equal(coding === "dcb" || coding === "dcz", true, "a coding");
  }
  const index = { get: async () => given.resource, put: async () => {} };
  const found = await new Resources(
    index,
    () => {},
    () => 0,
  ).find("key");
  if (found === undefined) return;
  equal(found.fields.length % 2, 0, "fields");
  equal(new Headers(pairsOf(found.fields)) instanceof Headers, true, "fields");
  atMost(-found.lifetime, 0, "below zero");
}

function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) {
    // Header values are bytes here; ours may be any text that fits into a line.
    pairs.push([flat[i] as string, (flat[i + 1] as string).replaceAll(/[^\x20-\x7e]/g, "?")]);
  }
  return pairs;
}
