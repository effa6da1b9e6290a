import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { sharesText } from "../../../src/features/compression/shares-text.ts";
import { bundle } from "./bundles.ts";

const text = new Uint8Array(Buffer.from(bundle(1, 300_000)));
const noise = (bytes: number) => new Uint8Array(randomBytes(bytes));

test("noise shares no text with other noise or with a bundle", () => {
  expect(sharesText(noise(200_000), noise(200_000))).toBe(false);
  expect(sharesText(noise(200_000), text)).toBe(false);
  expect(sharesText(text, noise(4_000_000))).toBe(false);
});

test.each([1, 7, 16, 31])("finds text that has moved by %s bytes", (bytes) => {
  expect(sharesText(text, new Uint8Array(Buffer.concat([noise(bytes), text])))).toBe(true);
});

test("finds a tenth of the content that the dictionary has", () => {
  const content = noise(300_000);
  const part = content.subarray(100_003, 130_003);
  expect(sharesText(content, new Uint8Array(Buffer.concat([noise(90_001), part])))).toBe(true);
});

test("leaves small content and empty dictionaries to the codec", () => {
  expect(sharesText(noise(1000), noise(1000))).toBe(true);
  expect(sharesText(noise(100_000), new Uint8Array())).toBe(true);
});
