import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlainCodec } from "../../../src/codecs/plain/codec.ts";
import { FieldList } from "../../../src/http/fields.ts";
import { decidePlain, isPreferred } from "../../../src/features/compression/plain.ts";

const CODINGS = ["br", "zstd", "gzip"] as const;
const codecs: PlainCodec[] = CODINGS.map((coding) => ({ coding, encode: async (each) => each }));

function decide(acceptEncoding: string | undefined, length = 5000, policy: object = {}) {
  const fields = FieldList.from(["content-type", "text/plain"]);
  return decidePlain(
    { status: 200, fields, length },
    (name) => (name === "accept-encoding" ? acceptEncoding : undefined),
    { codings: CODINGS, minBytes: 1024, ...policy },
    codecs,
  );
}

function chosen(acceptEncoding: string | undefined, length?: number): string {
  const decision = decide(acceptEncoding, length);
  return decision.kind === "code" ? decision.codec.coding : "identity";
}

/** The weight of a coding by the letter of RFC 9110 §12.5.3, of members that are well-formed. */
function weightOf(coding: string, members: readonly (readonly [string, number])[]): number {
  const named = members.find(([name]) => (name === "x-gzip" ? "gzip" : name) === coding);
  if (named !== undefined) return named[1];
  const star = members.find(([name]) => name === "*");
  if (star !== undefined) return star[1];
  return coding === "identity" ? Number.EPSILON : 0;
}

describe("RFC 9110 §12.5.3", () => {
  test.each<[string | undefined, string]>([
    [undefined, "identity"],
    ["", "identity"],
    [" , ,", "identity"],
    ["*", "br"],
    ["*;q=0", "identity"],
    ["identity;q=0", "identity"],
    ["identity;q=0, *", "br"],
    ["identity;q=0, gzip;q=0.001", "gzip"],
    ["gzip, *;q=0", "gzip"],
    ["br;q=0, zstd;q=0, *", "gzip"],
    ["x-gzip", "gzip"],
    ["X-GZIP;Q=0.5, identity;q=0.2", "gzip"],
    ["x-gzip;q=0, *", "br"],
    ["gzip;q=0, gzip", "identity"],
    ["gzip, gzip;q=0", "gzip"],
    ["br;q=2, gzip", "gzip"],
    ["br;q=-1, gzip", "gzip"],
    ["br;q=0.1234, gzip;q=0.1", "gzip"],
    ["br;q=, gzip;q=1.000", "gzip"],
    ["gzip;q=0.5;foo=bar, br;q=0.4", "gzip"],
    ["gzip;q=0.5, identity;q=0.9", "identity"],
    ["gzip;q=0.5, identity;q=0.5", "gzip"],
    ["deflate, compress, x-compress", "identity"],
    ["dcb, dcz", "identity"],
    [`${"x,".repeat(500)}gzip`, "identity"],
  ])("of %j, %s is chosen", (acceptEncoding, coding) => {
    expect(chosen(acceptEncoding)).toBe(coding);
  });

  test.each<[string, string]>([
    ["gzip", "identity"],
    ["gzip, identity;q=0", "gzip"],
    ["gzip, *;q=0", "gzip"],
    ["identity, gzip, *;q=0", "identity"],
    ["identity;q=0", "identity"],
  ])("of %j, small content goes out in %s", (acceptEncoding, coding) => {
    expect(chosen(acceptEncoding, 10)).toBe(coding);
  });

  const member = fc.tuple(
    fc.constantFrom("br", "zstd", "gzip", "x-gzip", "identity", "*", "deflate", "dcz"),
    fc.integer({ min: 0, max: 1000 }).map((q) => q / 1000),
  );

  test("the chosen coding is acceptable if any is, and no other has a higher weight", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(member, { selector: ([name]) => name.replace("x-", ""), maxLength: 8 }),
        fc.constantFrom(10, 5000),
        (members, length) => {
          const field = members.map(([name, q]) => `${name};q=${q}`).join(", ");
          const coding = chosen(field, length);
          const all = ["identity", ...CODINGS].map((each) => weightOf(each, members));
          const own = weightOf(coding, members);
          if (all.some((q) => q > 0)) expect(own).toBeGreaterThan(0);
          // Identity that is merely implied yields to any coding; among codings the weight counts.
          if (length > 1024 && coding !== "identity") {
            for (const each of CODINGS) expect(weightOf(each, members)).toBeLessThanOrEqual(own);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("no field makes the decision throw, and a stored coding is used only if it is acceptable", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 60 }), (field) => {
        chosen(field);
        for (const coding of CODINGS) {
          if (isPreferred(coding, field, CODINGS)) expect(chosen(field)).not.toBe("identity");
        }
      }),
    );
  });
});
