import { createHash, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import type { DeltaCodec } from "../../../src/codecs/delta.ts";
import { Deltas } from "../../../src/features/compression/deltas.ts";
import type { Groups } from "../../../src/features/compression/dictionary-groups.ts";
import type { Scheduler } from "../../../src/timing/scheduler.ts";
import { bundle } from "./bundles.ts";

/** Deltas that tell how often they asked the codec, and what they stored. */
function makeDeltas() {
  const seen = { encoded: 0, stored: [] as boolean[] };
  const codec = {
    coding: "dcb",
    encode: () => {
      seen.encoded++;
      return Promise.resolve(new Uint8Array(100));
    },
  } as unknown as DeltaCodec;
  const groups = {
    hasRoom: () => Promise.resolve(true),
    storeDelta: (_group: string, _about: object, delta?: Uint8Array) => {
      seen.stored.push(delta !== undefined);
      return Promise.resolve();
    },
  } as unknown as Groups;
  const scheduler = { run: (_: object, work: () => unknown) => work() } as unknown as Scheduler;
  return { seen, deltas: new Deltas({ codecs: [codec], plain: [], groups, scheduler }) };
}

function jobOf(content: Uint8Array<ArrayBuffer>, dictionary: Uint8Array<ArrayBuffer>) {
  const hash = createHash("sha256").update(dictionary).digest();
  const wanted = {
    group: "g",
    network: "n",
    content: createHash("sha256").update(content).digest("hex"),
    dictionary: hash.toString("hex"),
    hash,
    codings: ["dcb"] as const,
    bounds: {} as never,
  };
  return { wanted, content, dictionary, effort: "inline" as const, background: () => {} };
}

const text = new Uint8Array(Buffer.from(bundle(1, 60_000)));
const next = new Uint8Array(Buffer.from(bundle(2, 60_000)));
const noise = new Uint8Array(randomBytes(60_000));

it("asks no codec for a delta against a dictionary without common text, and stores that there is no gain", async () => {
  const { seen, deltas } = makeDeltas();
  expect(await deltas.make(jobOf(text, noise))).toBe("no-gain");
  expect(seen).toEqual({ encoded: 0, stored: [false] });
});

it("asks the codec for a delta between two versions", async () => {
  const { seen, deltas } = makeDeltas();
  expect(await deltas.make(jobOf(next, text))).toMatchObject({ coding: "dcb" });
  expect(seen).toEqual({ encoded: 1, stored: [true] });
});
