import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HtmlDecoder } from "../../../src/stages/markdown/charset.ts";

function decode(bytes: Uint8Array, charset?: string, cut = Infinity): string {
  const decoder = new HtmlDecoder(charset);
  let text = "";
  for (let at = 0; at < bytes.length; at += cut)
    text += decoder.decode(bytes.subarray(at, at + cut));
  return text + decoder.end();
}

function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

describe("HtmlDecoder", () => {
  test("takes UTF-8 where nothing says otherwise", () => {
    expect(decode(new TextEncoder().encode("<p>ä€😀"))).toBe("<p>ä€😀");
    expect(decode(new Uint8Array())).toBe("");
  });

  test("Content-Type goes before the document's own word", () => {
    const page = latin('<meta charset="utf-8"><p>\xe4');
    expect(decode(page, "iso-8859-1")).toContain("ä");
  });

  test("a byte order mark goes before all, and is no text", () => {
    const page = Uint8Array.of(0xef, 0xbb, 0xbf, ...new TextEncoder().encode("ä"));
    expect(decode(page, "iso-8859-1")).toBe("ä");
    expect(decode(Uint8Array.of(0xff, 0xfe, 0xe4, 0), "utf-8")).toBe("ä");
    expect(decode(Uint8Array.of(0xfe, 0xff, 0, 0xe4))).toBe("ä");
  });

  test.each(["", "nonsense", "utf8mb4", "none"])(
    "a Content-Type with charset %j says nothing",
    (charset) => {
      expect(decode(latin('<meta charset="koi8-r"><p>\xc1'), charset)).toContain("а");
    },
  );

  test.each([
    '<meta charset="koi8-r">',
    "<meta charset=koi8-r>",
    "<META CHARSET = 'KOI8-R' />",
    '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">',
    '<meta content="text/html;charset=koi8-r" http-equiv=content-type>',
    '<!-- <meta charset="greek"> --><meta charset="koi8-r">',
    '<meta name="description" content="what charset=greek is"><meta charset="koi8-r">',
    '<meta charset="nonsense"><meta charset="koi8-r">',
    '<meta name="a > b"><meta charset="koi8-r">',
  ])("%s declares Russian", (head) => {
    expect(decode(latin(`${head}<p>\xc1`))).toContain("<p>а");
  });

  test.each([
    "<metadata charset=koi8-r>",
    `${" ".repeat(1024)}<meta charset=koi8-r>`,
    "<!-- <meta charset=koi8-r> -->",
    '<meta content="text/html; charset=koi8-r">',
  ])("%s declares nothing", (head) => {
    expect(decode(latin(`${head}<p>\xc1`))).not.toContain("а");
  });

  test("a document that says UTF-16 in ASCII is UTF-8", () => {
    expect(decode(new TextEncoder().encode("<meta charset=utf-16><p>ä"))).toContain("ä");
  });

  test("the cuts make no difference", () => {
    const page = fc.constantFrom(
      new TextEncoder().encode(`<meta charset=utf-8>${"ä€😀".repeat(200)}`),
      Uint8Array.of(0xef, 0xbb, 0xbf, ...new TextEncoder().encode("ä€😀")),
      latin(`<meta charset=koi8-r>${"\xc1".repeat(1500)}`),
      Uint8Array.of(0xe4),
    );
    const charset = fc.constantFrom(undefined, "utf-8", "koi8-r", "gb18030");
    fc.assert(
      fc.property(page, charset, fc.integer({ min: 1, max: 40 }), (bytes, charset, cut) => {
        expect(decode(bytes, charset, cut)).toBe(decode(bytes, charset));
      }),
      { seed: 9, numRuns: 60 },
    );
  });

  test("a document without a charset comes out once enough of it is there", () => {
    const decoder = new HtmlDecoder(undefined);
    expect(decoder.decode(latin("a".repeat(1024)))).not.toBe("");
  });
});
