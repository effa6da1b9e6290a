import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { HtmlDecoder } from "../../src/http/html-decoder.ts";

const TEXT = "<!doctype html><p>caf\u00e9 \u6771\u4eac \u{1f600} x";

function decode(bytes: Uint8Array, charset: string | undefined, size: number): string {
  const decoder = new HtmlDecoder(charset);
  let text = "";
  for (let at = 0; at < bytes.length; at += size)
    text += decoder.decode(bytes.subarray(at, at + size));
  return text + decoder.end();
}

const latin1 = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(text, "latin1"));

function whole(bytes: Uint8Array, charset?: string, isXml = false): string {
  const decoder = new HtmlDecoder(charset, isXml);
  return decoder.decode(bytes) + decoder.end();
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

  it("comes at once as long as it is ASCII, whatever the charset turns out to be", () => {
    for (const start of ["<p>x", "<!doctype html><title>T</title><h1>Hello", "x".repeat(1023)]) {
      expect(new HtmlDecoder(undefined).decode(Buffer.from(start)), start).toBe(start);
    }
    const declared = new HtmlDecoder(undefined);
    expect(declared.decode(Buffer.from("<title>x</title><me"))).toBe("<title>x</title><me");
    const rest = Buffer.from('ta charset="windows-1252"><p>\u00e9', "latin1");
    expect(declared.decode(rest)).toBe('ta charset="windows-1252"><p>\u00e9');
  });

  it.each([
    ["the end tag of the head", "<head><title>caf\u00e9</title>", "</head>"],
    ["a body", "<title>caf\u00e9</title><!-- c --><style>p{}</style>", "<body class=x>"],
    ["an element of the body", "<html><title>caf\u00e9</title><meta name=a>", "<h1>"],
    ["text", "<title>caf\u00e9</title>\n<script>'<p>'</script>\n", "x"],
    ["the 1024th byte", `<title>caf\u00e9${"x".repeat(1010)}`, "xxxxx"],
  ])("waits at its first other byte for a declaration until %s", (_name, head, end) => {
    const decoder = new HtmlDecoder(undefined);
    const before = head.slice(0, head.indexOf("\u00e9"));
    expect(decoder.decode(Buffer.from(head))).toBe(before);
    expect(before + decoder.decode(Buffer.from(end))).toBe(head + end);
    const declared = new HtmlDecoder(undefined);
    const bytes = latin1(`${head}<meta charset="windows-1252">`);
    if (bytes.length < 1024) {
      expect(declared.decode(latin1(head))).toBe(before);
      expect(declared.decode(bytes.subarray(head.length))).toContain("\u00e9");
    }
  });

  it("does not wait in the body", () => {
    const decoder = new HtmlDecoder(undefined);
    expect(decoder.decode(Buffer.from("<h1>T</h1><p>caf\u00e9"))).toBe("<h1>T</h1><p>caf\u00e9");
    expect(decoder.decode(Buffer.from('<meta charset="x-sjis">\u00e9'))).toContain("\u00e9");
    // In the body, a declaration counts as long as no other byte came before it.
    const late = new HtmlDecoder(undefined);
    expect(late.decode(Buffer.from("<h1>T</h1><p>"))).toBe("<h1>T</h1><p>");
    const rest = latin1('<meta charset="windows-1251">\u00e4');
    expect(late.decode(rest)).toBe('<meta charset="windows-1251">\u0434');
  });

  it("is read by the escapes of ISO-2022-JP, and as UTF-16 without a mark", () => {
    const shifted = Buffer.from('<meta charset="iso-2022-jp"><p>\x1b$B$"\x1b(B!', "latin1");
    const wide = Buffer.from('<?xml version="1.0"?><p>\u6771', "utf16le");
    for (const size of [1, 2, 3, 1000]) {
      expect(decode(shifted, undefined, size)).toContain("<p>\u3042!");
      expect(decode(wide, undefined, size)).toContain("<p>\u6771");
    }
  });
});

describe("which charset counts", () => {
  const declared = '<meta charset="windows-1251">';

  test("a byte order mark before the field, the field before the document, then UTF-8", () => {
    const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode("ä")]);
    expect(whole(marked, "windows-1252")).toBe("ä");
    expect(whole(latin1(`${declared}\u00e4`), "windows-1252")).toBe(`${declared}ä`);
    expect(whole(latin1(`${declared}\u00e4`))).toBe(`${declared}д`);
    expect(whole(new TextEncoder().encode("ä"))).toBe("ä");
  });

  test("an unknown label counts as none", () => {
    expect(whole(latin1(`${declared}\u00e4`), "klingon")).toBe(`${declared}д`);
    expect(whole(new TextEncoder().encode('<meta charset="klingon">ä'))).toContain("ä");
  });

  test("bytes of UTF-8, valid or not, give the same as a TextDecoder, for any cut", () => {
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0xef, 0xbb, 0xbf, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0),
    );
    fc.assert(
      fc.property(
        fc.array(byte, { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (bytes, size) => {
          // What would be read as the mark of another encoding is left out.
          fc.pre(!["254,255", "255,254"].includes(bytes.slice(0, 2).join(",")));
          const given = new Uint8Array(bytes);
          expect(decode(given, "utf-8", size)).toBe(new TextDecoder().decode(given));
        },
      ),
      { seed: 10, numRuns: 2000 },
    );
  });

  test.each([
    `<!doctype html><title>x</title>${declared}${"\u00e4b".repeat(2000)}`,
    `<!doctype html><title>\u00e4</title>${declared}${"\u00e4b".repeat(700)}`,
    `<head><title>\u00e4</title></head><p>${declared}${"\u00e4b".repeat(700)}`,
    `<head><title>x</title></head><p>a</p>${declared}<p>\u00e4b${"\u00e4b".repeat(700)}`,
    `<title>x</title><p>\u00c3\u00a4</p>${declared}`,
    `<title>\u00e4</title><p>`,
  ])("the text does not depend on the cuts: %#", (page) => {
    const bytes = latin1(page);
    const uncut = whole(bytes);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1500 }), { maxLength: 12 }), (cuts) => {
        const decoder = new HtmlDecoder(undefined);
        let text = "";
        let at = 0;
        for (const length of cuts) {
          text += decoder.decode(bytes.subarray(at, at + length));
          at = Math.min(bytes.length, at + length);
        }
        expect(text + decoder.decode(bytes.subarray(at)) + decoder.end()).toBe(uncut);
      }),
      { seed: 9, numRuns: 60 },
    );
  });
});
