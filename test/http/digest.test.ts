import { describe, expect, test } from "vitest";
import { digestOfText, hashedKey, sha256, toHex } from "../../src/http/digest.ts";

/** The digest of the platform, which every runtime has. */
const plain = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));

describe("SHA-256", () => {
  test.each([0, 1, 63, 64, 65, 1000, 65_535, 65_536, 65_537, 200_000])(
    "of %i bytes is that of crypto.subtle",
    async (length) => {
      const around = new Uint8Array(length + 8).map((_, i) => i * 31);
      const bytes = around.subarray(5, 5 + length);
      expect(toHex(await sha256(bytes))).toBe(await plain(bytes));
    },
  );

  test.each(["", "a", "ümläut 日本 🙂", "\ud800 alone", "x".repeat(65_537), "ü".repeat(65_536)])(
    "of a text is that of its UTF-8 (%#)",
    async (text) => {
      expect(await digestOfText(text)).toBe(await plain(new TextEncoder().encode(text)));
    },
  );

  test("gives memory of its own", async () => {
    const [first, second] = [await sha256(Uint8Array.of(1)), await sha256(Uint8Array.of(2))];
    expect(first).toHaveLength(32);
    expect(first.buffer.byteLength).toBe(32);
    expect(first).not.toEqual(second);
  });

  test("bounds a key whatever it names", async () => {
    expect(await hashedKey("page", "/".repeat(10_000))).toMatch(/^page\/[\da-f]{64}$/);
  });
});
