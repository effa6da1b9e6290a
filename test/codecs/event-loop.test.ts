import { describe, expect, it } from "vitest";
import { decodeDcb } from "../support/decode-dcb.ts";
import { threadClock } from "../support/thread-clock.ts";
import { nodeDeltaCodecs, nodePlainCodecs } from "../../src/runtime/node/codecs.ts";
import { threadedDcb } from "../../src/runtime/node/threaded-dcb.ts";
import { bundle } from "../features/compression/bundles.ts";

/** Milliseconds; three times the time that a step may take, and more, for slow machines. */
const LONGEST = 250;
const MEGABYTE = 1024 * 1024;

const text = (version: number, bytes: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.from(bundle(version, bytes)));

/**
 * The longest pause of the event loop while the work is done, in milliseconds of this thread's processor
 * time. A garbage collection makes pauses, too, but not each time: five tries at most.
 */
async function longestPause(work: () => Promise<unknown>): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 5 && least >= LONGEST; i++) least = Math.min(least, await pauseOf(work));
  return least;
}

async function pauseOf(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let before = threadClock();
  const tick = (): void => {
    const now = threadClock();
    longest = Math.max(longest, now - before);
    before = now;
  };
  const timer = setInterval(tick, 5);
  await work();
  clearInterval(timer);
  tick();
  return longest;
}

describe("the event loop", () => {
  const [old, next] = [text(1, 2 * MEGABYTE), text(2, 2 * MEGABYTE)];
  const zeros = new Uint8Array(4 * MEGABYTE);

  it("is not blocked by our encoder", async () => {
    const codec = threadedDcb(8 * MEGABYTE);
    let stream: Uint8Array | undefined;
    const pause = await longestPause(async () => {
      stream = await codec.encode(next, old);
      await codec.encode(zeros, zeros);
      await codec.encode(zeros, zeros, "best");
    });
    expect(pause).toBeLessThan(LONGEST);
    expect(decodeDcb(Buffer.from(stream ?? []), Buffer.from(old)).equals(next)).toBe(true);
  }, 60_000);

  const encoders = [
    ...nodeDeltaCodecs().map((codec) => ({
      coding: codec.coding,
      encode: async () => [await codec.encode(next, old), await codec.encode(zeros, zeros)],
    })),
    ...nodePlainCodecs().map((codec) => ({
      coding: codec.coding,
      encode: async () => [await codec.encode(next, "inline"), await codec.encode(zeros, "best")],
    })),
  ];
  it.each(encoders)("is not blocked by $coding", async ({ encode }) => {
    expect(await longestPause(encode)).toBeLessThan(LONGEST);
  });

  it("is not blocked by the index of a large dictionary", async () => {
    const codec = nodeDeltaCodecs().find(({ coding }) => coding === "dcb");
    const large = text(3, 8 * MEGABYTE);
    const dictionary = new Uint8Array(codec?.mostBytes ?? 16 * MEGABYTE);
    for (let at = 0; at < dictionary.length; at += large.length) dictionary.set(large, at);
    let stream: Uint8Array | undefined;
    const pause = await longestPause(async () => {
      const encode = async () => codec?.encode(next, dictionary);
      [stream] = await Promise.all([encode(), encode()]);
    });
    expect(pause).toBeLessThan(LONGEST);
    expect(decodeDcb(Buffer.from(stream ?? []), Buffer.from(dictionary)).equals(next)).toBe(true);
  }, 60_000);

  it("makes a limited number of deltas at a time, and refuses the rest", async () => {
    const codec = threadedDcb(MEGABYTE);
    const [small, other] = [text(1, 20_000), text(2, 20_000)];
    const made = await Promise.all(
      Array.from({ length: 60 }, async () => codec.encode(other, small)),
    );
    const count = made.filter((each) => each !== undefined).length;
    expect(count).toBeGreaterThanOrEqual(16);
    expect(count).toBeLessThan(30);
    expect(await codec.encode(other, small)).toBeDefined();
    expect(await codec.encode(new Uint8Array(MEGABYTE + 1), small)).toBeUndefined();
  });
});
