import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePathPattern } from "../../../../src/http/path-pattern.ts";
import { templateOf, type Template } from "../../../../src/features/compression/auto/template.ts";
import { chunksIn } from "../../../../src/features/compression/chunks/offer.ts";
import { DOCUMENTS, NONE, SAME, VERSIONED } from "./addresses.ts";

const type = (essence: string) => ({ essence });
const pathOf = (target: string) => target.split("?")[0] as string;

/** Both our reading of the pattern and the platform's. */
function matches({ match }: Template, path: string): boolean {
  const compiled = compilePathPattern(match);
  if ("fault" in compiled) throw new Error(`${match}: ${compiled.fault}`);
  const ours = compiled.pattern.test(path);
  // Node has it from 23.8 on.
  if (!("URLPattern" in globalThis)) return ours;
  const platform = new URLPattern({ pathname: match, baseURL: "https://a.example" });
  expect(platform.hasRegExpGroups).toBe(false);
  expect(platform.test(`https://a.example${path}`)).toBe(ours);
  expect(platform.test(`https://a.example${path}?any=query`)).toBe(ours);
  return ours;
}

describe("templateOf", () => {
  test("keeps within the bound over 120 addresses", () => {
    expect(VERSIONED.length + SAME.length + DOCUMENTS.length + NONE.length).toBeGreaterThan(180);
  });

  test.each(VERSIONED)("%s is a version of %s", (target, match) => {
    const template = templateOf(target);
    expect(template).toMatchObject({ kind: "versioned", match, matchDest: [] });
    expect(matches(template, pathOf(target))).toBe(true);
  });

  test.each(SAME)("%s stays by itself", (target) => {
    const template = templateOf(target);
    expect(template).toMatchObject({ kind: "same-url", matchDest: [] });
    expect(template.match.replaceAll("\\", "")).toBe(pathOf(target));
    expect(matches(template, pathOf(target))).toBe(true);
  });

  test.each([
    ["/assets/index-CoemsVel.js", "/assets/index-*.js"],
    ["/a/home.Bravenol.css", "/a/home.*.css"],
    ["/a/home-0123456789abcdef.js", "/a/home-*.js"],
    // Too short, without a name before it, or with a version elsewhere.
    ["/a/home-basket.js", "/a/home-basket.js"],
    ["/a/Bravenol.js", "/a/Bravenol.js"],
    ["/v1.2.3/home-standard.js", "/*/home-standard.js"],
    ["/a/home-standard.js?v=12", "/a/home-standard.js"],
    ["/a/home-standard", "/a/home-standard"],
  ])("%s is immutable: %s", (target, match) => {
    expect(templateOf(target, type("text/javascript"), true).match).toBe(match);
  });

  test("an immutable chunk whose hash looks like a word belongs to its folder", () => {
    const target = "/dist/chunk-Bravenol.js";
    expect(chunksIn(target, templateOf(target, undefined, true), true)).toEqual({
      match: "/dist/chunk-*.js",
    });
  });

  test("no two files of the table that stay by themselves share a group", () => {
    const paths = new Set(SAME.map((target) => pathOf(target)));
    expect(new Set(SAME.map((target) => templateOf(target).match)).size).toBe(paths.size);
  });

  test.each(DOCUMENTS)("%s is a page of %s", (target, match) => {
    const template = templateOf(target);
    expect(template).toMatchObject({ kind: "document", match, matchDest: ["document"] });
    expect(templateOf(target, type("text/html"))).toEqual(template);
    expect(matches(template, pathOf(target))).toBe(true);
  });

  test.each(NONE)("%s is left alone: %s", (target, reason) => {
    expect(templateOf(target)).toEqual({ kind: "none", match: "", matchDest: [], reason });
  });

  test("the type of the response speaks before the extension", () => {
    expect(templateOf("/api/data", type("application/json"))).toMatchObject({
      kind: "same-url",
      match: "/api/data",
    });
    const reasonFor = (target: string, essence: string) => {
      const template = templateOf(target, type(essence));
      return template.kind === "none" ? template.reason : undefined;
    };
    expect(reasonFor("/app-1.2.3.js", "text/html")).toBe("type-mismatch");
    expect(reasonFor("/app.js", "image/png")).toBe("compressed-type");
    expect(reasonFor("/events", "text/event-stream")).toBe("streaming-type");
    expect(templateOf("/x.bin", type("application/wasm")).kind).toBe("same-url");
    expect(templateOf("/release/1.2.3", type("text/html")).match).toBe("/release/*");
    expect(templateOf("/x", type("application/vnd.api+json")).kind).toBe("same-url");
  });
});

/** A hash as one of the tools makes it. */
const digits = "0123456789";
const lower = "abcdefghijklmnopqrstuvwxyz";
const from = (alphabet: string, length: number) =>
  fc
    .array(fc.constantFrom(...alphabet.split("")), { minLength: length, maxLength: length })
    .map((letters) => letters.join(""));
const hex = fc
  .constantFrom(8, 12, 16, 20, 32, 64)
  .chain((length) => from(`${digits}abcdef`, length))
  // A name with a number, as "feed2021", or a number alone could be meant.
  .filter((hash) => /\d[a-f]|[a-f]\d+[a-f]/.test(hash));
const semver = fc
  .tuple(fc.nat(99), fc.nat(99), fc.nat(99))
  .map(([major, minor, patch]) => `${major}.${minor}.${patch}`);
const STEMS = (
  "app main index vendor checkout settings navigation user-list product_page admin.panel " +
  "date-picker analytics player theme-dark DataGrid i18n base64 search"
).split(" ");
const stem = fc.constantFrom(...STEMS);
const extension = fc.constantFrom("js", "css", "mjs", "json", "js.map", "min.js", "svg");
const folder = fc.constantFrom("/", "/assets/", "/static/js/", "/_app/immutable/");

describe("for any name", () => {
  test("two versions have one group, and it matches both", () => {
    const version = fc.oneof(
      fc.tuple(hex, hex),
      fc.tuple(semver, semver),
      fc.tuple(from("123456789", 10), from("123456789", 10)),
    );
    fc.assert(
      fc.property(folder, stem, extension, version, fc.constantFrom("-", "."), (...parts) => {
        const [dir, name, ext, [a, b], separator] = parts;
        const one = `${dir}${name}${separator}${a}.${ext}`;
        const template = templateOf(one);
        expect(template.kind).toBe("versioned");
        expect(templateOf(`${dir}${name}${separator}${b}.${ext}`)).toEqual(template);
        expect(matches(template, one)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("two files with other stems have other groups", () => {
    fc.assert(
      fc.property(stem, stem, extension, hex, hex, (a, b, ext, one, other) => {
        fc.pre(a !== b);
        const first = templateOf(`/assets/${a}-${one}.${ext}`);
        const second = templateOf(`/assets/${b}-${other}.${ext}`);
        expect(first.match).not.toBe(second.match);
      }),
    );
  });

  test("names by Vite and esbuild are recognised nine times in ten", () => {
    const upper = lower.toUpperCase();
    const alphabets = [`${lower}${upper}${digits}-_`, `${upper}234567`];
    for (const alphabet of alphabets) {
      const hashes = fc.sample(from(alphabet, 8), { numRuns: 2000, seed: 8 });
      const found = hashes.filter(
        (hash) => templateOf(`/assets/app-${hash}.js`).match === "/assets/app-*.js",
      );
      expect(found.length / hashes.length).toBeGreaterThan(0.9);
    }
  });

  test("words are no versions", () => {
    const words = (
      "account address analytics article banner basket billing calendar carousel catalog category " +
      "chart client column comment compare component config contact content cookie currency " +
      "customer dashboard delivery detail dialog discount download dropdown editor element export " +
      "feature feedback filter footer formatter gallery graph header helper history image import " +
      "invoice keyboard language layout legend library loader locale location login message mobile " +
      "modal network notification order overview package paginator password payment permission " +
      "picker player policy popup preview price product profile progress provider purchase quantity " +
      "question rating receipt recommend register report request review schedule scroll search " +
      "section security select service session settings shipping sidebar slider social sortable " +
      "status storage subscribe summary support survey switch table template terms theme timeline " +
      "toolbar tooltip tracking translate tutorial typography upload utility validate variant video " +
      "viewport voucher warranty widget window wishlist wizard workflow zoom"
    ).split(" ");
    const word = fc.constantFrom(...words);
    const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
    const capital = word.map((text) => upperFirst(text));
    const name = fc.oneof(
      fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("-")),
      fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("_")),
      fc.array(capital, { minLength: 1, maxLength: 3 }).map((words) => words.join("")),
      fc.tuple(word, capital).map(([a, b]) => `app-${a}${b}`),
      fc.tuple(word, fc.nat(99)).map(([a, number]) => `app-${a}${number}`),
      fc.tuple(word, fc.nat(9)).map(([a, number]) => `${a}-${number}`),
    );
    fc.assert(
      fc.property(name, (text) => {
        expect(templateOf(`/js/${text}.js`).match).toBe(`/js/${text}.js`);
      }),
      { numRuns: 2000 },
    );
    for (const a of words) {
      for (const b of words) {
        const text = `app-${a}${upperFirst(b)}`;
        expect(templateOf(`/js/${text}.js`).match).toBe(`/js/${text}.js`);
      }
    }
  });
});

describe("for hostile targets", () => {
  const piece = fc.oneof(
    fc.constantFrom("*", ":", "(", ")", "{", "}", "\\", "?", "#", "+", "%2f", "%2F", "%", "//"),
    fc.constantFrom(
      "..",
      ".",
      "ä",
      "\u0000",
      "\r\n",
      "é",
      "𝒳",
      "[",
      "]",
      "|",
      '"',
      "%5c",
      "&=",
      "~",
    ),
    fc.constantFrom("8a7b6c5d", "1.2.3", "v2", "app", "-", "_", ".js", ".html", "/", "@", "%20"),
  );
  const target = fc.array(piece, { maxLength: 40 }).map((pieces) => `/${pieces.join("")}`);

  test("there is no group, or one that is ASCII, bounded, valid and matches the target", () => {
    fc.assert(
      fc.property(target, (text) => {
        const template = templateOf(text);
        if (template.kind === "none") {
          expect(template.match).toBe("");
          return;
        }
        expect(template.match).toMatch(/^\/[\x21-\x7e]*$/);
        expect(template.match.length).toBeLessThanOrEqual(1024);
        // No star alone makes up a file's name.
        if (template.kind === "versioned") expect(template.match).toMatch(/[^/*.]+[^/]*$/);
        expect(matches(template, pathOf(text))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["dashes", "-"],
    ["dots", "."],
    ["digits", "1"],
    ["dotted digits", "1."],
    ["hexadecimal", "a1"],
    ["letters", "aB"],
    ["folders", "a/"],
    ["versions", "v1/"],
    ["escapes", "%20"],
    ["stars", "*"],
    ["prereleases", "1.1-beta"],
    ["queries", "?&="],
  ])("long runs of %s are bounded", (_name, unit) => {
    for (const length of [100, 1000, 4000, 1_000_000]) {
      const text = `/${unit.repeat(Math.ceil(length / unit.length)).slice(0, length)}`;
      for (const each of [text, `${text}.js`, `/app.js?v=${text}`]) {
        expect(templateOf(each).match.length).toBeLessThanOrEqual(1024);
      }
    }
  });
});
