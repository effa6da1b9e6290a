import { describe, expect, it } from "vitest";
import { validPathPattern } from "../../src/http/path-pattern.ts";
import { LearntPatterns, pathPatterns } from "../../src/telemetry/path-patterns.ts";
import { shapeOf } from "../../src/telemetry/path-shape.ts";

describe("the shape of a path", () => {
  it.each([
    ["/", "/"],
    ["/about", "/about"],
    ["/about/", "/about/"],
    ["/blog/2026/11/30/a-long-title-of-a-post", "/blog/*"],
    ["/blog/how-to-fold-the-slugs-of-posts", "/blog/*"],
    ["/users/12345/orders/987", "/users/*"],
    ["/users/12345/settings", "/users/*/settings"],
    ["/item/3f2a9c1b8d7e", "/item/*"],
    ["/v/550e8400-e29b-41d4-a716-446655440000", "/v/*"],
    ["/assets/app.3f2a9c1b.js", "/assets/*.js"],
    ["/docs/v2/install", "/docs/v2/install"],
    ["/a/b/c/d/e", "/a/b/*"],
    [`/${"x".repeat(5000)}`, "/*"],
    ["/%E2%82%AC/x", "/*/x"],
  ])("of %s is %s", (path, shape) => {
    expect(shapeOf(path)).toBe(shape);
  });
});

describe("learnt patterns", () => {
  const learn = (clock = () => 0) => new LearntPatterns(clock);

  it("fold a folder of which many pages are seen, and then also the first ones", () => {
    const learnt = learn();
    const pages = Array.from({ length: 30 }, (_, i) => `/blog/${String.fromCharCode(97 + i)}word`);
    expect(learnt.patternOf(pages[0] ?? "", true)).toBe("/blog/aword");
    for (const page of pages) learnt.patternOf(page, true);
    expect(pages.map((page) => learnt.patternOf(page, true))).toEqual(pages.map(() => "/blog/*"));
  });

  it("learn nothing from paths that the site does not have", () => {
    const learnt = learn();
    expect(learnt.patternOf("/wp-login", false)).toBe("other");
    expect(learnt.size).toBe(0);
    learnt.patternOf("/about", true);
    expect(learnt.patternOf("/about", false)).toBe("/about");
  });

  it("are at most 200 of a million invented paths, and the site's own ones remain", () => {
    let now = 0;
    const learnt = learn(() => now);
    learnt.patternOf("/docs/install", true);
    const seen = new Set<string>();
    for (let i = 0; i < 1_000_000; i++) {
      const [a, b, c] = [i % 997, (i * 31) % 1009, (i * 17) % 991].map((n) =>
        String.fromCharCode(97 + (n % 26), 97 + ((n / 26) % 26), 97 + ((n / 676) % 26)),
      );
      seen.add(learnt.patternOf(`/${a}/${b}/${c}`, true));
      now += 0.01;
    }
    expect(learnt.size).toBeLessThanOrEqual(200);
    expect(seen.size).toBeLessThan(1000);
    expect(learnt.patternOf("/docs/install", true)).toBe("/docs/install");
  });

  it("make room for a new one after an hour without use", () => {
    let now = 0;
    const learnt = learn(() => now);
    const word = (i: number) => String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26));
    for (let i = 0; i < 300; i++) learnt.patternOf(`/${word(i)}/x`, true);
    expect(learnt.patternOf("/news/x", true)).toBe("other");
    now = 3_600_001;
    expect(learnt.patternOf("/news/x", true)).toBe("/news/x");
    expect(learnt.size).toBeLessThanOrEqual(200);
  });
});

it("patterns of the rules come first, in their order", () => {
  const rules = ["/blog/:year/*", "/blog/*"].map(validPathPattern);
  const patternOf = pathPatterns(rules, new LearntPatterns(() => 0));
  expect(patternOf("/blog/2026/x", 404)).toBe("/blog/:year/*");
  expect(patternOf("/blog/x", 404)).toBe("/blog/*");
  expect(patternOf("/x", 404)).toBe("other");
  expect(patternOf("/x", 200)).toBe("/x");
});
