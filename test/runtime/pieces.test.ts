import { describe, expect, it } from "vitest";
import { readWithin } from "../../src/runtime/web/origin-timeouts.ts";

const READING = { idle: 1000, isDecoded: false };

/** A stream whose pieces arrive when the test says so. */
function arriving(type: "bytes" | undefined) {
  let controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>;
  let reason: unknown;
  const stream = new ReadableStream({
    ...(type === undefined ? {} : { type }),
    start(to: typeof controller) {
      controller = to;
    },
    cancel(why: unknown) {
      reason = why;
    },
  } as unknown as UnderlyingDefaultSource<Uint8Array>);
  return {
    stream,
    arrive: (piece: Uint8Array) => controller.enqueue(piece as Uint8Array<ArrayBuffer>),
    end: () => {
      controller.close();
      // Ends the read that waits.
      if ("byobRequest" in controller) controller.byobRequest?.respond(0);
    },
    fail: (error: Error) => controller.error(error),
    cancelledFor: () => reason,
  };
}

describe.each(["bytes", undefined] as const)("content of a stream of type %s", (type) => {
  it("is passed on as it arrives, to its last byte", async () => {
    const { stream, arrive, end } = arriving(type);
    const reader = readWithin(stream, READING).getReader();
    for (const length of [1, 5000, 65_536]) {
      const read = reader.read();
      arrive(new Uint8Array(length).fill(7));
      const { value } = await read;
      expect(value).toEqual(new Uint8Array(length).fill(7));
    }
    const last = reader.read();
    end();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it("is whole if a piece is larger than a read", async () => {
    const { stream, arrive, end } = arriving(type);
    const content = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
    // A copy: a stream of bytes takes the buffer over.
    arrive(content.slice());
    end();
    const pieces: Uint8Array[] = [];
    for await (const piece of readWithin(stream, READING)) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  it("fails with the origin's error, and is cancelled with the client's", async () => {
    const one = arriving(type);
    const reading = readWithin(one.stream, READING).getReader().read();
    const error = new Error("reset");
    one.fail(error);
    await expect(reading).rejects.toBe(error);
    const other = arriving(type);
    await readWithin(other.stream, READING).cancel("gone");
    expect(other.cancelledFor()).toBe("gone");
  });

  it("fails if nothing arrives in time", async () => {
    const { stream } = arriving(type);
    const reader = readWithin(stream, { ...READING, idle: 30 }).getReader();
    await expect(reader.read()).rejects.toThrow("timeout-idle");
  });
});
