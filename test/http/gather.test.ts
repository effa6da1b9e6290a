import { array, assert, nat, option, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { Gathering } from "../../src/http/gather.ts";

const pieces = array(uint8Array({ maxLength: 40 }), { maxLength: 12 });

test("returns all bytes, whatever length was announced", () => {
  assert(
    property(pieces, option(nat(300), { nil: undefined }), (given, expected) => {
      const gathering = new Gathering(expected, 200);
      // What it was given is used again at once, as some runtimes do.
      const buffer = new Uint8Array(40);
      for (const piece of given) {
        buffer.set(piece);
        gathering.push(buffer.subarray(0, piece.length));
        buffer.fill(0);
      }
      const all = Buffer.concat(given);
      expect(gathering.length).toBe(all.length);
      const whole = gathering.take();
      expect(Buffer.from(whole)).toEqual(all);
      // What is kept must not hold on to a larger buffer, nor to what comes next.
      expect(whole.buffer.byteLength).toBe(all.length);
      expect(gathering.take()).toHaveLength(0);
    }),
  );
});

test("uses no more memory than the whole if its length is known", () => {
  const gathering = new Gathering(100, 100);
  gathering.push(new Uint8Array(60));
  gathering.push(new Uint8Array(40));
  const whole = gathering.take();
  expect(whole.byteOffset).toBe(0);
  expect(whole.buffer.byteLength).toBe(100);
});
