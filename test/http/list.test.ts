import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitList } from "../../src/http/list.ts";

describe("splitList", () => {
  test("leaves out empty members (RFC 9110 §5.6.1.2)", () => {
    expect(splitList(", a ,, b,\t")).toEqual(["a", "b"]);
    expect(splitList("")).toEqual([]);
  });

  test("keeps commas in quoted strings", () => {
    expect(splitList('a;x="1, 2", b')).toEqual(['a;x="1, 2"', "b"]);
  });

  test("an escaped quote does not end a quoted string", () => {
    expect(splitList(String.raw`a="x\", y", b`)).toEqual([String.raw`a="x\", y"`, "b"]);
    expect(splitList(String.raw`a="x\\", y`)).toEqual([String.raw`a="x\\"`, "y"]);
  });

  test("an open quote includes the rest, and ends", () => {
    expect(splitList('a, "b, c')).toEqual(["a", '"b, c']);
    expect(splitList('"\\')).toEqual(['"\\']);
  });

  test("splits parameters by semicolon", () => {
    expect(splitList('text/html; a="x;y";q=1', ";")).toEqual(["text/html", 'a="x;y"', "q=1"]);
  });

  test("gives back the members that were joined", () => {
    const member = fc.stringMatching(/^[!#-+\--[\]-~]{1,8}$/);
    fc.assert(
      fc.property(fc.array(member), (members) => {
        expect(splitList(members.join(" , "))).toEqual(members);
      }),
      { seed: 2, numRuns: 100 },
    );
  });
});
