import { describe, expect, test } from "vitest";
import { FILES } from "./files.ts";
import { gated, SITE } from "./gate.ts";
import { independent, naive } from "./readers.ts";

const BLOCKING = {
  rules: [
    { name: "blog", match: { path: "/blog/*", agent: { name: "GPTBot" } }, gate: {} },
    {
      name: "no training",
      match: { agent: { name: ["GPTBot", "CCBot"] } },
      gate: { action: "block" },
    },
    { name: "drafts", match: { path: "/drafts/*" }, gate: { action: "block" } },
  ],
};
const TARGETS = [
  "/",
  "/x",
  "/blog/a",
  "/blog/wp-admin/",
  "/drafts/",
  "/drafts/a.html",
  "/drafts/open/a",
  "/wp-admin/",
  "/wp-admin/admin-ajax.php",
  "/private/a",
  "/old/",
  "/premium/",
  "/premium/teaser/",
  "/a/b.pdf",
  "/search/",
  "/one/",
  "/two/",
  "/all/",
  "/cart",
  "/cart/info",
  "/archive/3/",
  "/v/",
  "/p?sessionid=1",
  "/blog/p?sessionid=1",
  "/a/print/",
  "/llms.txt",
  "/c",
  "/sitemap.xml",
];

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The lines of a file that are not blank, sorted. */
const linesOf = (text: string): readonly string[] =>
  text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== "")
    .toSorted();

describe.each(Object.entries(FILES))("a file in the style of %s", (_name, text) => {
  const gate = gated(BLOCKING);
  const merged = gate.merge(text);

  test("keeps every line, and its byte order mark and line ends", () => {
    const after = linesOf(merged);
    // A line of a User-agent that has two groups is needed once.
    const gone = linesOf(text).filter((line) => !after.includes(line) && !/gptbot/i.test(line));
    expect(gone).toEqual([]);
    expect(merged.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
    const ends = /\r\n|\r|\n/.exec(text)?.[0];
    if (ends !== undefined) expect(merged.split(ends).join("")).not.toMatch(/[\r\n]/);
  });

  test.each([
    ["robots-parser", independent],
    ["a naive reader", naive],
  ])("forbids what it forbade, and what the rules block, to %s", (_reader, read) => {
    const [before, after] = [read(text), read(merged)];
    const crawlers = [...gate.robots.crawlers, { token: "UnknownBot", bot: undefined }];
    for (const { token, bot } of crawlers) {
      for (const target of TARGETS) {
        const isOpen = target === "/llms.txt" || target === "/sitemap.xml";
        const wanted = before(token, target) || (!isOpen && gate.blocks(bot, target));
        expect([token, target, after(token, target)]).toEqual([token, target, wanted]);
      }
    }
  });

  test("has one group for each agent, a blank line before it, and a Disallow line in it", () => {
    const lines = merged.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
    const agents = lines.flatMap(
      (line) => /^\s*user-agent\s*:\s*([^#/]*)/i.exec(line)?.[1]?.trim() ?? [],
    );
    const lower = agents.map((agent) => agent.toLowerCase());
    expect(lower.length).toBe(new Set(lower).size);
    lines.forEach((line, i) => {
      const isFirst = /^\s*user-agent/i.test(line) && !/^\s*user-agent/i.test(lines[i - 1] ?? "");
      if (!isFirst) return;
      const lead = lines.slice(0, i).findLast((each) => !/^\s*#/.test(each));
      if (i > 0 && lead !== undefined && !/^\s*host/i.test(lead))
        expect([i, lead.trim()]).toEqual([i, ""]);
      const next = lines.findIndex(
        (each, at) =>
          at > i && /^\s*user-agent/i.test(each) && !/^\s*user-agent/i.test(lines[at - 1] ?? ""),
      );
      const group = lines.slice(i, next === -1 ? undefined : next);
      expect(group.some((each) => /^\s*disallow\s*:/i.test(each))).toBe(true);
    });
  });
});

describe("files that are no usual text", () => {
  test("a new group has the lines without a colon, and misspelt ones, that some crawlers read", () => {
    const own = "User-agent: *\nDisallow: /a/\ndisallow /b/\nDissallow: /c/\n";
    const [, group = ""] = gated(BLOCKING).merge(own).split("User-agent: GPTBot\n");
    expect(group).toContain("Disallow: /a/\ndisallow /b/\nDissallow: /c/\n");
  });

  const gate = gated(BLOCKING);

  test("Windows-1251 stays byte for byte", () => {
    const cyrillic = Uint8Array.of(0x23, 0x20, 0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x0a);
    const rules = bytesOf("User-agent: *\nDisallow: /private/\n");
    const { file } = gate.robots.compile(Uint8Array.of(...cyrillic, ...rules), SITE);
    expect(file?.content.subarray(0, cyrillic.length)).toEqual(cyrillic);
  });

  test("a web page is no robots.txt", () => {
    const page = "<!DOCTYPE html>\n<html><body>User-agent: *\nDisallow: /\n</body></html>\n";
    expect(gate.merge(page)).toBe(gate.merge());
    expect(gated({}).merge(page)).toBe(page);
  });

  test("of 1 MB, all is kept, and the rules' lines are where crawlers read", () => {
    const many = Array.from({ length: 40_000 }, (_, i) => `Disallow: /archive/page-${i}/`);
    const text = `User-agent: Archiver\n${many.join("\n")}\n\nUser-agent: *\nDisallow: /private/\n`;
    expect(text.length).toBeGreaterThan(1_000_000);
    const { file } = gate.robots.compile(bytesOf(text), SITE);
    const merged = new TextDecoder().decode(file?.content);
    expect(file?.isTooLong).toBe(true);
    for (const line of [many[0], many.at(-1), "Disallow: /private/"])
      expect(merged).toContain(line);
    const read = naive(merged.slice(0, 500 * 1024));
    for (const token of ["GPTBot", "CCBot", "Other"]) expect(read(token, "/drafts/a")).toBe(true);
    expect([read("GPTBot", "/blog/a"), read("GPTBot", "/x"), read("Other", "/private/")]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("without lines of the rules, every file stays byte for byte", () => {
    const silent = gated({ rules: [{ name: "a", match: { path: "/a" }, gate: {} }] });
    for (const text of Object.values(FILES)) {
      expect(silent.robots.compile(bytesOf(text), SITE).file).toBeUndefined();
    }
  });
});
