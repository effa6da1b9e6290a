import { describe, expect, it } from "vitest";
import { HOSTILE, holdsForCuts, randomHead, scan } from "../../fuzz/canonical.ts";
import { byParse5, byScan, randomMarkup } from "../../fuzz/canonical-parse5.ts";
import { Random } from "../../fuzz/html.ts";

describe("hostile heads", () => {
  it.each(Object.entries(HOSTILE))("%s: the scan ends, in any pieces", (_name, make) => {
    const bytes = new TextEncoder().encode(make(262_144));
    const whole = scan(bytes, () => bytes.length);
    expect(scan(bytes, () => 1000)).toEqual(whole);
    expect((whole as unknown[]).length).toBeLessThanOrEqual(16);
  });

  it("a hundred thousand link tags are not stored", () => {
    const html = Array.from({ length: 100_000 }, (_, i) => `<link rel=canonical href=/${i}>`).join(
      "",
    );
    const links = scan(new TextEncoder().encode(html), () => 65_536);
    expect((links as unknown[]).length).toBe(16);
  });

  it("random and mutated heads are read alike however they are cut", () => {
    const random = new Random(11);
    for (let i = 0; i < 300; i++) {
      const html = randomHead(random);
      expect(holdsForCuts(html, random), html).toBe(true);
    }
  });

  it("random markup is read as parse5 reads it", () => {
    const random = new Random(12);
    for (let i = 0; i < 3000; i++) {
      const html = randomMarkup(random);
      expect(byScan(html), html).toEqual(byParse5(html));
    }
  });
});
