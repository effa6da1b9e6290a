import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { declaredCharset } from "../../src/http/charset-prescan.ts";

const latin1 = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(text, "latin1"));

describe("the declaration of a document (HTML §13.2.3.2)", () => {
  test.each([
    ['<meta charset="KOI8-R">', "koi8-r"],
    ["<meta charset=koi8-r>", "koi8-r"],
    ["<META/CHARSET='koi8-r'/>", "koi8-r"],
    ['<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"],
    [`<meta content='text/html;charset="koi8-r"' http-equiv=content-type>`, "koi8-r"],
    ['<meta name="x" content="text/html; charset=koi8-r">', undefined],
    ['<!-- <meta charset="big5"> --><meta charset="koi8-r">', "koi8-r"],
    ['<a title="<meta charset=big5>"><meta charset=koi8-r>', "koi8-r"],
    ["<metadata charset=big5>", undefined],
    ["<meta charset=utf-16le>", "utf-8"],
    ["<meta charset=x-user-defined>", "windows-1252"],
    ["<meta charset=", undefined],
    ['<meta charset="koi8-r', undefined],
    ['<?xml version="1.0" encoding="koi8-r"?>', "koi8-r"],
    ["<!-- never closed <meta charset=koi8-r>", undefined],
    ["</p><meta charset=koi8-r>", "koi8-r"],
    ["1 < 2 <meta charset=koi8-r>", "koi8-r"],
  ])("%s says %s", (text, charset) => {
    expect(declaredCharset(latin1(text), false)).toBe(charset);
  });

  test("in XML the declaration comes first", () => {
    const text = '<?xml version="1.0" encoding="koi8-r"?><meta charset="big5"/>';
    expect(declaredCharset(latin1(text), true)).toBe("koi8-r");
    expect(declaredCharset(latin1(text), false)).toBe("big5");
  });

  test("no bytes make it throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isXml) => {
        declaredCharset(bytes, isXml);
        declaredCharset(new Uint8Array([...latin1("<meta "), ...bytes]), isXml);
      }),
      { seed: 8, numRuns: 300 },
    );
  });
});
