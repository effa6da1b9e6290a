// Paths that differ from a refused one by characters which some origin servers do not tell apart.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { compileRules } from "../../src/rules/compile.ts";
import { parseRules } from "../../src/rules/parse.ts";
import type { RulesFileInput } from "../../src/rules/schema.ts";
import { runsOf } from "../support/sample.ts";

function compile(file: RulesFileInput) {
  const parsed = parseRules(JSON.stringify(file), FEATURES);
  if (parsed.kind === "faulty") throw new Error(JSON.stringify(parsed.faults));
  const rules = compileRules(parsed.value, FEATURES);
  return (path: string): string => {
    const request = { method: "GET", host: "a", path, agent: { kind: "anonymous" } } as const;
    return rules.forRequest(request)("access").rule;
  };
}

const block = { action: "block" } as const;
const rule = (path: string | readonly string[], paths: RulesFileInput["paths"] = {}) =>
  compile({ paths, rules: [{ name: "r", match: { path: [path].flat() }, access: block }] });

describe("a block applies to characters that some origin server does not tell apart", () => {
  it.each([
    // Trimmed: PHP, Python, Java and JavaScript programs; Windows at the end of a segment.
    ["/archive/*", "/archive%09/1"],
    ["/archive/*", "/archive%0D%0A/1"],
    ["/archive/*", "/%20archive/1"],
    ["/archive/*", "/archive%C2%A0/1"],
    ["/archive/*", "/archive%E3%80%80/1"],
    ["/archive/*", "/archive%EF%BB%BF/1"],
    // Dropped: URL parsers, collations, HFS+.
    ["/archive/*", "/arch%0Aive/1"],
    ["/archive/*", "/arch%00ive/1"],
    ["/archive/*", "/arch%7Five/1"],
    ["/archive/*", "/arch%C2%ADive/1"],
    ["/archive/*", "/arch%E2%80%8Bive/1"],
    ["/archive/*", "/arch%E2%81%A0ive/1"],
    ["/archive/*", "/arch%EF%B8%8Five/1"],
    ["/archive/*", "/arch%25E2%2580%258Bive/1"],
    ["/archive/*", "/arch\u00c2\u00adive/1"],
    // Compatible: normalization, best fit of Windows' code pages.
    ["/archive/*", "/%EF%BD%81rchive/1"],
    ["/archive/*", "/%EF%BC%8Farchive/1"],
    ["/archive/*", "/archive%EF%BC%8F1"],
    ["/archive/*", "/archive%E2%88%951"],
    ["/archive/*", "/x/..%EF%BC%8Farchive/1"],
    ["/archive/*", "/x/%EF%BC%8E%EF%BC%8E/archive/1"],
    ["/archive/*", "/x/.%E2%80%8B./archive/1"],
    ["/archive/*", "/x%EF%BC%BC..%EF%BC%BCarchive/1"],
    ["/archive/*", "/%F0%9D%92%B6rchive/1"],
    // Equal in a collation without accents, as MySQL's default is.
    ["/archive/*", "/archiv%C3%A9/1"],
    ["/archive/*", "/archive%CC%81/1"],
    ["/archiv\u00e9/*", "/archive/1"],
    ["/smorgas/*", "/sm%C3%B8rg%C3%A5s/1"],
    // Equal for Python's int() and \d.
    ["/archive/42", "/archive/%D9%A4%D9%A2"],
    ["/archive/42", "/archive/%E0%A5%AA%E0%A5%A8"],
    // Cut off: streams of NTFS, and what programs that parse a decoded path take for a query.
    ["/archive/*", "/archive::$DATA/1"],
    ["/archive/1", "/archive/1::$DATA"],
    ["/archive/1", "/archive/1%3A%3A%24data"],
    ["/archive/*", "/archive:x:$INDEX_ALLOCATION/1"],
    ["/archive/1", "/archive/1%3Fx"],
    ["/archive/1", "/archive/1%23x"],
    ["/archive/1", "/archive/1%253F.html"],
    // Not UTF-8: dropped, ISO 8859-1, overlong, UTF-16.
    ["/archive/*", "/arch%FFive/1"],
    ["/archiv\u00e9/*", "/archiv%E9/1"],
    ["/archive/*", "/%C1%A1rchive/1"],
    ["/archive/*", "/%E0%81%A1rchive/1"],
    ["/archive/*", "/%uFF41rchive/1"],
    ["/archive/*", "/%u0061rchive/1"],
  ])("%s applies to %s", (pattern, path) => {
    expect(rule(pattern)(path)).toBe("r");
  });

  it.each([
    ["/archive/*", "/archiv/1"],
    ["/archive/*", "/archives/1"],
    ["/archive/*", "/arch%20ive/1"],
    ["/archive/*", "/arch-ive/1"],
    ["/archive/*", "/arch%2Bive/1"],
    // Letters of other scripts are other letters to every server.
    ["/archive/*", "/%D0%B0rchive/1"],
    ["/archive/*", "/archiv%D0%B5/1"],
    ["/мои/*", "/%D0%BC%D0%BE%D0%B9/1"],
    ["/日本/*", "/%E6%97%A5%E6%9C%AC%E8%AA%9E/1"],
    ["/archive/42", "/archive/%D9%A4%D9%A3"],
  ])("%s does not apply to %s", (pattern, path) => {
    expect(rule(pattern)(path)).toBe("built-in");
  });

  it("tells letters with marks apart if the origin server tells letter case apart", () => {
    const decide = rule("/archive/*", { case: "sensitive" });
    expect(decide("/archiv%C3%A9/1")).toBe("built-in");
    expect(decide("/arch%C2%ADive/1")).toBe("r");
  });

  it.each(["/über/*", "/Straße/*", "/日本／ガイド/*", "/½/*", "/мой/*", "/हिन्दी/*", "/한국/*"])(
    "a rule that allows %s still excludes later rules there",
    (path) => {
      const decide = compile({
        rules: [
          { name: "open", match: { path }, access: true },
          { name: "closed", match: { path: "/*" }, access: block },
        ],
      });
      expect(decide(encodeURI(path.replace("*", "a")))).toBe("open");
      expect(decide("/other/a")).toBe("closed");
    },
  );
});

const PAGE = "/archive/report-42";
const collator = new Intl.Collator("en", { sensitivity: "base" });
const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};
const segments = (path: string, edit: (segment: string) => string): string =>
  decoded(path).split("/").map(edit).join("/");

/** Origin servers of several kinds, each by a library that this proxy does not use. */
const ORIGINS: Readonly<Record<string, (path: string) => boolean>> = {
  collation: (path) => {
    const [page, asked] = [PAGE, decoded(path)].map((each) => each.split("/"));
    return (
      page?.length === asked?.length &&
      page?.every((each, i) => collator.compare(each, asked?.[i] ?? "") === 0) === true
    );
  },
  trimming: (path) => segments(path, (each) => each.trim()) === PAGE,
  parsing: (path) => URL.parse(decoded(path), "http://a")?.pathname === PAGE,
  normalizing: (path) => decoded(path).normalize("NFKC") === PAGE,
};

it("no edit of a refused path that any of these origin servers undoes evades the block", () => {
  const decide = rule(PAGE);
  const extra = fc.constantFrom(
    ..."\0\t\n\v\u007f\u0085\u00a0\u00ad\u034f\u061c\u180e\u200b\u200d\u200f\u2028\u2060\u3000\ufe00\ufeff ".split(
      "",
    ),
    "\u0301",
    "\u0308",
    "\u{e0041}",
    "/",
    "./",
    "?",
    "#",
    "\uff0f",
  );
  const like = (char: string) =>
    fc.constantFrom(
      char,
      char.toUpperCase(),
      String.fromCharCode(char.charCodeAt(0) + 0xfee0),
      `${char}\u0327`.normalize("NFC"),
      `${char}\u0301`.normalize("NFC"),
    );
  const place = fc.nat(PAGE.length);
  const edit = fc.oneof(
    fc.tuple(place, extra).map(([at, text]) => ({ at, text, drops: 0 })),
    place.chain((at) => like(PAGE[at] ?? "2").map((text) => ({ at, text, drops: 1 }))),
  );
  const counts: Record<string, number> = {};
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.boolean(), (edits, twice) => {
      const chars = Array.from(PAGE);
      for (const { at, text, drops } of edits) {
        if (at > 0) chars.splice(at, drops, text);
      }
      const path = chars.join("").replaceAll(/[^/\w.-]/gu, (char) => encodeURIComponent(char));
      if (path === PAGE) return;
      const servers = Object.keys(ORIGINS).filter((name) => ORIGINS[name]?.(path) === true);
      for (const name of servers) counts[name] = (counts[name] ?? 0) + 1;
      const sent = twice ? path.replaceAll("%", "%25") : path;
      if (servers.length > 0) expect({ sent, by: decide(sent) }).toEqual({ sent, by: "r" });
    }),
    { numRuns: runsOf(10_000, 3000) },
  );
  // Each kind of server has read some of the paths as the page.
  for (const name of Object.keys(ORIGINS))
    expect([name, counts[name]]).toEqual([name, expect.any(Number)]);
});
