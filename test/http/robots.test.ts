import { describe, expect, test } from "vitest";
import { parseRobots, type Robots } from "../../src/http/robots.ts";
import { threadClock } from "../support/thread-clock.ts";

let turns = 0;

function parse(text: string, token?: string): Promise<Robots> {
  return parseRobots(text, async () => void turns++, token);
}

describe("robots.txt (RFC 9309)", () => {
  test.each([
    ["User-agent: *\nDisallow: /a", "/a/b", false],
    ["User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", true],
    ["User-agent: *\nAllow: /a\nDisallow: /a", "/a", true],
    ["User-agent: x\nDisallow: /", "/", true],
    ["User-agent: x\nUser-agent: *\nDisallow: /", "/", false],
    ["user-agent : *\n disallow : /a # why", "/a", false],
    ["User-agent: *\nDisallow:", "/", true],
    ["User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", false],
    ["User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", true],
    ["User-agent: *\nDisallow: /a*b*c", "/axxbxxcxx", false],
    ["User-agent: *\nDisallow: /a$", "/ab", true],
    ["User-agent: *\nDisallow: /\n\nUser-agent: y\nAllow: /", "/", false],
    ["User-agent: *\nDisallow: /", "/robots.txt", true],
    ["User-agent: *\nDisallow: /robots.txt", "/robots.txt?a", true],
    ["User-agent: *\nDisallow: /", "/robots.txt.html", false],
    ["", "/", true],
    ["nonsense\n:\nDisallow: /", "/", true],
  ])("%j on %s: %s", async (text, path, allowed) => {
    expect((await parse(text)).isAllowed(path)).toBe(allowed);
  });

  test("a name counts whole, and up to its first space", async () => {
    const text = "User-agent: *\nAllow: /\n\nUser-agent: Foo Bar\nDisallow: /";
    for (const token of ["foo", "Foo Bar"]) {
      expect((await parse(text, token)).isAllowed("/")).toBe(false);
    }
    expect((await parse(text, "bar")).isAllowed("/")).toBe(true);
  });

  test("finds sitemaps anywhere, and accepts any line end", async () => {
    const text = "Sitemap: /a.xml\r\nUser-agent: x\rSITEMAP: https://x.example/b.xml#no";
    expect((await parse(text)).sitemaps).toEqual(["/a.xml", "https://x.example/b.xml"]);
  });

  test("stars are matched in linear time", async () => {
    const robots = await parse(`User-agent: *\nDisallow: /${"*a".repeat(2000)}b`);
    const started = threadClock();
    expect(robots.isAllowed(`/${"a".repeat(20_000)}`)).toBe(true);
    expect(threadClock() - started).toBeLessThan(500);
  });
});

describe("a robots.txt of 512 KB", () => {
  test.each(["\n", "a:\n", "Disallow: /ab\n", "user-agent: *\nallow: /\n", "sitemap: /a\r\n"])(
    "of %j is read in turns",
    async (line) => {
      turns = 0;
      await parse(`User-agent: *\n${line.repeat(524_288 / line.length)}`);
      expect(turns).toBeGreaterThan(25);
    },
  );

  test("of one line is read up to a bound, the rule being cut off", async () => {
    const robots = await parse(`User-agent: *\nDisallow: /${"%41".repeat(170_000)}`);
    expect(robots.isAllowed(`/${"A".repeat(2723)}`)).toBe(true);
    expect(robots.isAllowed(`/${"A".repeat(2800)}`)).toBe(false);
  });
});

describe("the rules for one crawler", () => {
  const parsed = parse(
    `User-agent: a
User-agent: wayleave-canonicals
Disallow: /x
Allow: /x/y$
Disallow: /*.pdf$
Disallow: /p?*q=

User-agent: *
Disallow: /
Sitemap: https://a.example/s.xml`,
    "wayleave-canonicals",
  );

  test.each([
    ["/", true],
    ["/x", false],
    ["/x/y", true],
    ["/x/yz", false],
    ["/a.pdf", false],
    ["/a.pdf?b", true],
    ["/p?a&q=1", false],
    ["/p?a", true],
  ])("%s: %s", async (target, allowed) => {
    expect((await parsed).isAllowed(target)).toBe(allowed);
  });

  test("names sitemaps, and says all of those it does not name", async () => {
    expect((await parsed).sitemaps).toEqual(["https://a.example/s.xml"]);
    expect((await parse("", "x")).isAllowed("/")).toBe(true);
    expect((await parse("user-agent: *\ndisallow: /", "x")).isAllowed("/")).toBe(false);
    expect((await parse("user-agent: *\ndisallow:", "x")).isAllowed("/")).toBe(true);
  });

  test.each([
    ["/caf\u00e9", "/caf%C3%A9", false],
    ["/caf%c3%a9", "/caf%C3%A9/x", false],
    ["/%61b", "/ab", false],
    ["/a%2Fb", "/a/b", true],
    ["/a%2fb", "/a%2Fb", false],
    ["/\ud800", "/x", true],
  ])("octets are compared however they are written: %s, %s", async (path, target, allowed) => {
    expect((await parse(`User-agent: *\nDisallow: ${path}`)).isAllowed(target)).toBe(allowed);
  });

  test("groups of the same crawler are one, a delay ends the list of agents", async () => {
    const text =
      "User-agent: a\nDisallow: /1\n\nUser-agent: b\nCrawl-delay: 2.5\nUser-agent: A\nDisallow: /2";
    expect((await parse(text, "a")).isAllowed("/1")).toBe(false);
    expect((await parse(text, "a")).isAllowed("/2")).toBe(false);
    expect((await parse(text, "b")).isAllowed("/2")).toBe(true);
    expect((await parse(text, "b")).crawlDelay).toBe(2.5);
    expect((await parse(text, "a")).crawlDelay).toBeUndefined();
  });
});
