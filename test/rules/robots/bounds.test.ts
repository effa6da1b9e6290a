import { describe, expect, test } from "vitest";
import { bytesOfText } from "../../../src/rules/robots/file.ts";
import { gated, SITE } from "./gate.ts";

const MOST = 2 * 1024 * 1024;

/** As much of a repeated text as the proxy reads, in lines that differ. */
function filled(line: (i: number) => string, most = 49_000): string {
  const lines: string[] = [];
  let length = 0;
  for (let i = 0; i < most && length < MOST - 6000; i++) {
    const next = line(i);
    lines.push(next);
    length += next.length;
  }
  return lines.join("").slice(0, MOST);
}

const HOSTILE: Readonly<Record<string, string>> = {
  "blank lines": "\n".repeat(MOST),
  "the shortest lines": `User-agent: *\n${"Allow:/\n".repeat(49_000)}`,
  "one line": `User-agent: *\nDisallow: /${"a".repeat(MOST - 100)}`,
  "one line of wildcards": `User-agent: *\nDisallow: /${"*a".repeat((MOST - 100) / 2)}`,
  "lines of wildcards": `User-agent: *\n${filled((i) => `Allow: /${"*a".repeat(500)}${i}\n`)}`,
  "overlapping wildcards": `User-agent: *\n${filled((i) => `Allow: /*/p${i}*/z$\n`)}`,
  "groups of strangers": filled((i) => `User-agent: b${i}\nDisallow: /x${i}\n\n`, 16_000),
  "groups of one crawler": filled((i) => `User-agent: GPTBot\nDisallow: /x${i}\n\n`, 16_000),
  "one group of strangers": `${filled((i) => `User-agent: b${i}\n`)}Disallow: /x\n`,
  "one group of many rules": `User-agent: *\n${filled((i) => `Disallow: /page-${i}/\n`)}`,
  sitemaps: filled((i) => `Sitemap: https://www.example.com/sitemap-${i}.xml\n`),
  bytes: Array.from({ length: MOST }, (_, i) => String.fromCharCode((i * 7919) % 256)).join(""),
};

const RULES = {
  rules: [
    { name: "blog", match: { path: "/:x/blog/*", agent: { name: "GPTBot" } }, gate: {} },
    ...["GPTBot", "CCBot", "Googlebot", "bingbot", "ClaudeBot", "Amazonbot"].map((name, i) => ({
      name,
      match: { path: [`/p${i}/*`, `/*/q${i}`, "/*.pdf"], agent: { name } },
      gate: { action: "block" },
    })),
    { name: "training", match: { agent: { behaviour: "Training" } }, gate: { action: "block" } },
    { name: "drafts", match: { path: ["/*/x/*", "/y/*"] }, gate: { action: "block" } },
  ],
};

describe("a file that is made to exhaust its readers", () => {
  const { robots } = gated(RULES);

  test.each(Object.entries(HOSTILE))("of %s costs little", (_name, text) => {
    const bytes = bytesOfText(text);
    // Without the bounds, some of them take minutes, and the test times out.
    const made = robots.compile(bytes, SITE);
    expect(made.file?.content.length ?? 0).toBeLessThan(4 * MOST);
    expect(made.file?.lines.length ?? 0).toBeLessThan(250_000);
    if (made.file === undefined) expect(made.isTooLarge || made.unsaid.length > 0).toBe(true);
  });

  test("is not merged if it has too many lines, or is in UTF-16", () => {
    expect(robots.compile(bytesOfText("\n".repeat(60_000)), SITE)).toMatchObject({
      file: undefined,
      isTooLarge: true,
    });
    const wide = Uint8Array.from(Buffer.from("\uFEFFUser-agent: *\nDisallow: /a\n", "utf16le"));
    expect(robots.compile(wide, SITE)).toMatchObject({ file: undefined, isTooLarge: true });
  });
});

test("a group that names a bot by words gets the lines of the bot", () => {
  const gate = gated({
    rules: [{ name: "s", match: { agent: { name: "Sogou" } }, gate: { action: "block" } }],
  });
  const own = "User-agent: Sogou web spider\nDisallow: /x\n";
  expect(gate.merge(own)).toMatch(
    /^User-agent: Sogou web spider\nDisallow: \/x\n(?:.*\n)*Disallow: \/\n/,
  );
  expect(gate.robots.unnamed.map(({ name }) => name)).toContain("Sogou");
});

test("a line with characters that targets escape is the same line", () => {
  const rules = [{ name: "b", match: { path: "/a b/*" }, gate: { action: "block" } }];
  const merged = gated({ rules }).merge("User-agent: *\nAllow: /a b/open/\n");
  expect(merged).toContain("Disallow: /a%20b/\n");
  expect(merged).toContain("Disallow: /a%20b/open/");
});
