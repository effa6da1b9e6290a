import { describe, expect, test } from "vitest";
import { parseLinks } from "../../src/http/link.ts";
import { threadClock } from "../support/thread-clock.ts";

describe("parseLinks (RFC 8288 §3)", () => {
  test("reads targets and relation types of several links", () => {
    expect(parseLinks('</a>; rel="Canonical nofollow", <b;c,d>;rel=next')).toEqual([
      { href: "/a", rel: ["canonical", "nofollow"] },
      { href: "b;c,d", rel: ["next"] },
    ]);
  });

  test("commas, semicolons and brackets in quoted parameters are text", () => {
    expect(parseLinks('</a>; title="x, <y>; rel=next"; rel="canonical"')).toEqual([
      { href: "/a", rel: ["canonical"] },
    ]);
  });

  test("the first rel counts, in any case", () => {
    expect(parseLinks("</a>; REL=a; rel=b")).toEqual([{ href: "/a", rel: ["a"] }]);
  });

  test("a link about another resource is left out", () => {
    expect(parseLinks('</a>; rel=canonical; anchor="/other"')).toEqual([]);
  });

  test("malformed members are omitted, and well-formed ones stay", () => {
    expect(parseLinks("/a; rel=canonical, </b>; rel=next")).toEqual([
      { href: "/b", rel: ["next"] },
    ]);
    expect(parseLinks("</a>")).toEqual([]);
    expect(parseLinks("</a; rel=canonical")).toEqual([]);
    expect(parseLinks("")).toEqual([]);
    expect(parseLinks(undefined)).toEqual([]);
  });

  test("no value takes more than linear time", () => {
    for (const piece of ["<,", ",<", "<a,b", '"<,', "<>,", "<a>;", ";rel=", '\\"']) {
      const began = threadClock();
      parseLinks(piece.repeat(300_000 / piece.length));
      expect(threadClock() - began, piece).toBeLessThan(3000);
    }
  });

  test("an empty target is a target", () => {
    expect(parseLinks("<>; rel=canonical")).toEqual([{ href: "", rel: ["canonical"] }]);
  });
});
