import { describe, expect, it } from "vitest";
import { HtmlDecoder } from "../../src/http/html-decoder.ts";

const TEXT = "<!doctype html><p>caf\u00e9 \u6771\u4eac \u{1f600} x";

function decode(bytes: Uint8Array, charset: string | undefined, size: number): string {
  const decoder = new HtmlDecoder(charset);
  let text = "";
  for (let at = 0; at < bytes.length; at += size)
    text += decoder.decode(bytes.subarray(at, at + size));
  return text + decoder.end();
}

const utf16 = (mark: string) => Buffer.from(mark + TEXT, "utf16le");

describe("a document's text", () => {
  it.each([
    ["UTF-8", Buffer.from(TEXT), "utf-8", TEXT],
    ["UTF-8 by default", Buffer.from(TEXT), undefined, TEXT],
    ["UTF-8 with a mark", Buffer.from(`\uFEFF${TEXT}`), undefined, TEXT],
    ["UTF-16 with a mark", utf16("\uFEFF"), "utf-8", TEXT],
    ["UTF-16, big end first", Buffer.from(utf16("\uFEFF")).swap16(), undefined, TEXT],
    ["UTF-16 by its type", utf16(""), "utf-16le", TEXT],
    ["Shift_JIS", Buffer.from([0x93, 0x8c, 0x8b, 0x9e]), "shift_jis", "\u6771\u4eac"],
    ["GB18030", Buffer.from([0x94, 0x39, 0xfc, 0x36]), "gb18030", "\u{1f600}"],
    [
      "broken UTF-8",
      Buffer.from([0x61, 0xff, 0xe2, 0x82, 0x62, 0xf0, 0x9f]),
      "utf-8",
      "a\uFFFD\uFFFDb\uFFFD",
    ],
    ["a mark inside", Buffer.from("abcd\uFEFFx"), "utf-8", "abcd\uFEFFx"],
    ["nothing", Buffer.alloc(0), undefined, ""],
    ["one byte", Buffer.from("x"), undefined, "x"],
  ])("in %s is the same for any cut", (_name, bytes, charset, text) => {
    for (const size of [1, 2, 3, 5, 1000])
      expect(decode(bytes, charset, size), String(size)).toBe(text);
  });

  it("is held back until the charset is settled, and not beyond the end of the head", () => {
    const decoder = new HtmlDecoder(undefined);
    expect(decoder.decode(Buffer.from("<head><title>caf\u00e9"))).toBe("");
    expect(decoder.decode(Buffer.from("</title></head>"))).toContain("caf\u00e9");
    const declared = new HtmlDecoder(undefined);
    const bytes = Buffer.from('<meta charset="windows-1252"><p>\u00e9', "latin1");
    expect(declared.decode(bytes)).toContain("\u00e9");
    const plain = new HtmlDecoder(undefined);
    expect(plain.decode(Buffer.alloc(1023, "x"))).toBe("");
    expect(plain.decode(Buffer.from("x")).length).toBe(1024);
  });
});
