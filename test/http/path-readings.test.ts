import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveDots } from "../../src/http/dot-segments.ts";
import { decodeText, withoutSegmentEnds } from "../../src/http/fold-path.ts";
import { looseReadings } from "../../src/http/loose-escapes.ts";
import { canonicalEscapes } from "../../src/http/path-escapes.ts";
import { readPath } from "../../src/http/path-readings.ts";
import { runsOf } from "../support/sample.ts";
import * as naive from "./naive-readings.ts";

const PIECES = (
  "/ // \\ . .. /../ /./ %2e %2E %2f %2F %5c %5C %252f %25 % %% %3b ; ;a=b data x %64 %c0%ae %C0%AF " +
  "%c1%a4 %e0%81%a4 %E0%80%AF %f0%80%80%af %c0%a5 %u002f %U0025 %u0 %00 %20 ! %21 %2a %40 { } %7B ^ " +
  "\u00e9 \u00ff \uff44 %EF%BD%84 %c3%a9 %C3 %ff %e2%82 %f0%9f%98%80 \u{1f600} \ud83d %ED%A0%80 " +
  "%f4%90%80%80 %2 2f 2F 5c %%32f 0 25 e A ~ *"
).split(" ");

const piece = fc.constantFrom(...PIECES, " ");
const path = fc
  .oneof(
    { weight: 9, arbitrary: fc.array(piece, { maxLength: 12 }) },
    fc
      .tuple(fc.array(piece, { maxLength: 3 }), fc.integer({ min: 1, max: 90 }))
      .map(([few, n]) => Array.from({ length: n }, () => few).flat()),
  )
  .map((pieces) => `/${pieces.join("")}`);

describe("the readings of any path", () => {
  it("decoded, and without letter case, are those of a simple implementation, or too many", () => {
    fc.assert(
      fc.property(path, (each) => {
        const read = readPath(each, { isWary: true });
        if (!read.isComplete) return;
        const wanted = Array.from(naive.naiveReadings(each), (it) =>
          naive.decodeText(it).toLowerCase(),
        );
        const found = read.paths.map((it) => decodeText(it).toLowerCase());
        expect(new Set(found), each).toEqual(new Set(wanted));
      }),
      { numRuns: runsOf(20_000, 2000) },
    );
  });

  it("change by the same steps", () => {
    fc.assert(
      fc.property(path, (each) => {
        const canonical = canonicalEscapes(each);
        expect(canonical).toBe(naive.canonicalEscapes(each));
        expect(canonicalEscapes(each, "character")).toBe(naive.canonicalEscapes(each, "character"));
        expect(resolveDots(each)).toBe(naive.resolveDots(each));
        expect(looseReadings(canonical)).toEqual(naive.looseReadings(canonical));
        expect(decodeText(each)).toBe(naive.decodeText(each));
        expect(withoutSegmentEnds(each)).toBe(naive.withoutSegmentEnds(each));
      }),
      { numRuns: runsOf(20_000, 2000) },
    );
  });
});
