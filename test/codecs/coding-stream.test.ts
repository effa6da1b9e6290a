import { setTimeout as sleep } from "node:timers/promises";
import zlib from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { codingStream } from "../../src/codecs/plain/coding-stream.ts";
import { nodePlainCodecs } from "../../src/runtime/node/codecs.ts";

/** A source without an end, of bytes that no coder shortens. */
function endless(onCancel: (reason: unknown) => void = () => {}) {
  const state = { pulled: 0 };
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        state.pulled++;
        controller.enqueue(crypto.getRandomValues(new Uint8Array(16_384)));
      },
      cancel: onCancel,
    },
    { highWaterMark: 0 },
  );
  return { source, state };
}

const brotli = () => {
  const coder = zlib.createBrotliCompress();
  const kind = zlib.constants.BROTLI_OPERATION_FLUSH;
  return { coder, stream: codingStream(coder, { kind, beforeEnd: false }) };
};

describe("a coding as a stream", () => {
  it("frees the coder and stops the source if the client leaves", async () => {
    const { coder, stream } = brotli();
    const cancelled = vi.fn();
    const { source } = endless(cancelled);
    const reader = source.pipeThrough(stream).getReader();
    await reader.read();
    await reader.cancel("gone");
    expect(coder.destroyed).toBe(true);
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalledWith("gone"));
  });

  // A coder and all that it reaches wait for a full collection of garbage.
  it.each(["the content ends", "the client leaves"])(
    "no longer reaches the request if %s",
    async (when) => {
      const { coder, stream } = brotli();
      const writer = stream.writable.getWriter();
      const reader = stream.readable.getReader();
      const ended = (async () => {
        while (!(await reader.read()).done);
      })();
      await writer.write(new Uint8Array(10));
      if (when === "the content ends") await writer.close();
      else await reader.cancel("gone");
      await ended;
      for (const event of ["data", "end"]) expect(coder.listenerCount(event)).toBe(0);
      // An error afterwards concerns nobody, and ends no process.
      coder.emit("error", new Error("too late"));
    },
  );

  it("frees the coder and fails the reader if the source fails", async () => {
    const { coder, stream } = brotli();
    const reason = new Error("the origin is gone");
    const writer = stream.writable.getWriter();
    await writer.write(new Uint8Array(10));
    await writer.abort(reason);
    await expect(stream.readable.getReader().read()).rejects.toBe(reason);
    expect(coder.destroyed).toBe(true);
  });

  it("fails both sides if the coder fails", async () => {
    const { coder, stream } = brotli();
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    const reason = new Error("out of memory");
    coder.destroy(reason);
    await expect(stream.readable.getReader().read()).rejects.toBe(reason);
    await expect(writer.write(new Uint8Array(10))).rejects.toBe(reason);
  });

  it("fails if it is given something other than bytes", async () => {
    const { coder, stream } = brotli();
    const writer = stream.writable.getWriter();
    const read = stream.readable.getReader().read();
    const outcomes = [read, writer.closed].map((each) => expect(each).rejects.toThrow());
    await writer.write(7 as never).catch(() => {});
    await Promise.all(outcomes);
    expect(coder.destroyed).toBe(true);
  });

  it("ends the write under way if the client leaves", async () => {
    const { stream } = brotli();
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    const noise = crypto.getRandomValues(new Uint8Array(65_536));
    const writes = Array.from({ length: 40 }, () => writer.write(noise));
    await stream.readable.cancel("gone");
    await expect(Promise.all(writes)).rejects.toBe("gone");
  });

  it.each(nodePlainCodecs())("$coding does not read ahead of its reader", async ({ stream }) => {
    const { source, state } = endless();
    if (stream === undefined) throw new Error("no stream");
    const reader = source.pipeThrough(stream()).getReader();
    await reader.read();
    let before = -1;
    for (; before !== state.pulled; await sleep(150)) before = state.pulled;
    // 16 KiB each: what the coder, its buffers and ours hold.
    expect(state.pulled).toBeLessThan(120);
    await reader.cancel();
  });

  it.each(nodePlainCodecs())("$coding flushes no more than it must", async (codec) => {
    const content = new TextEncoder().encode("a line of a page, again and again\n".repeat(30_000));
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        for (let at = 0; at < content.length; at += 1000)
          controller.enqueue(content.slice(at, at + 1000));
        controller.close();
      },
    });
    if (codec.stream === undefined) throw new Error("no stream");
    let size = 0;
    for await (const chunk of source.pipeThrough(codec.stream())) size += chunk.length;
    // A flush for each of the thousand pieces would take five bytes or more each.
    expect(size).toBeLessThan((await codec.encode(content, "inline")).length + 2500);
  });

  it("has less effort for content that may be large", async () => {
    const br = nodePlainCodecs().find(({ coding }) => coding === "br");
    const words = "page line word text link list item head row cell".split(" ");
    const text = Array.from({ length: 90_000 }, (_, i) => words[(i * i + (i >> 3)) % 10]).join(" ");
    const content = new TextEncoder().encode(text);
    const coded = async (length?: number): Promise<Buffer> => {
      // One piece: flushes between pieces depend on the time at which they arrive.
      const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start(controller) {
          controller.enqueue(content);
          controller.close();
        },
      });
      const pieces: Uint8Array[] = [];
      for await (const piece of source.pipeThrough(br?.stream?.(length) as never)) {
        pieces.push(piece as Uint8Array);
      }
      return Buffer.concat(pieces);
    };
    const [unknown, small, large] = [await coded(), await coded(1000), await coded(content.length)];
    expect(large.equals(unknown)).toBe(true);
    expect(small.equals(unknown)).toBe(false);
    expect(zlib.brotliDecompressSync(large).equals(content)).toBe(true);
  });
});
