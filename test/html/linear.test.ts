import { describe, expect, test } from "vitest";
import { eachAttribute, findAttribute } from "../../src/html/attributes.ts";
import { Tokenizer } from "../../src/html/tokenizer.ts";
import { HOSTILE } from "../fuzz/hostile.ts";
import { cut } from "./tokens.ts";

/** Inputs that one more byte of each piece could make slow: what begins again and again, or never ends. */
const MORE: typeof HOSTILE = [
  ["comments without an end in bangs", (share) => "<!-- --!".repeat(200_000 * share)],
  ["dashes", (share) => `<!--${"-".repeat(1_000_000 * share)}`],
  ["bogus comments", (share) => "<?x>".repeat(200_000 * share)],
  ["an open bogus comment", (share) => `<!${"x<".repeat(500_000 * share)}`],
  ["quotes", (share) => `<a ${`b="c"d='e'`.repeat(100_000 * share)}`],
  ["an open quote in pieces", (share) => `<a b='${'">'.repeat(500_000 * share)}`],
  ["equals signs", (share) => `<a ${"=".repeat(1_000_000 * share)}`],
  ["slashes", (share) => `<a ${"/".repeat(1_000_000 * share)}`],
  ["script escapes", (share) => `<script>${"<!--<script>-->".repeat(100_000 * share)}`],
  ["script escapes without an end", (share) => `<script>${"<!--<script>".repeat(100_000 * share)}`],
  ["title ends", (share) => `<title>${"</titl".repeat(200_000 * share)}`],
  ["raw elements", (share) => "<style>x</style><title>&</title>".repeat(50_000 * share)],
  ["CDATA ends", (share) => `<svg><![CDATA[${"]] ]>".repeat(200_000 * share)}`],
  ["CDATA sections", (share) => `<svg>${"<![CDATA[x]]>".repeat(100_000 * share)}`],
  ["a long reference", (share) => `&#${"0".repeat(1_000_000 * share)}65;`],
  ["a doctype", (share) => `<!doctype ${"[".repeat(1_000_000 * share)}`],
];

describe("the tokenizer's work", () => {
  test.each([...HOSTILE, ...MORE])("is linear in %s", (_name, build) => {
    // Of some, so small a share is nothing.
    const share = build(0.0005).length > 100 ? 0.005 : 0.1;
    const small = build(share / 10);
    const large = build(share);
    const growth = large.length / small.length;
    for (const longest of [1, 64, large.length]) {
      const before = readIn(cut(small, [Math.ceil((longest * small.length) / large.length)]));
      const after = readIn(cut(large, [longest]));
      expect(after / before).toBeLessThan(growth * 1.6 + 2);
      expect(after / large.length).toBeLessThan(40);
    }
  });

  test("a tag or comment over a mebi of characters is cut, the same for any pieces", () => {
    const long = "x".repeat(3_000_000);
    const html = `<p a="${long}" b>t<!--${long}-->u<q c='${long}'/>v</p ${long}>w<!--${long}`;
    const whole = lengthsIn([html]);
    expect(whole).toHaveLength(9);
    expect(Math.max(...whole.map(([, length]) => length))).toBe(1024 * 1024);
    for (const size of [1000, 70_000, 1_100_000])
      expect(lengthsIn(cut(html, [size]))).toEqual(whole);
  });
});

function lengthsIn(pieces: readonly string[]): [string, number][] {
  const found: [string, number][] = [];
  const tokenizer = new Tokenizer({
    open: (_source, start, _nameEnd, end, isSelfClosing) =>
      found.push([`open ${isSelfClosing}`, end - start + 1]),
    close: (_source, start, end) => found.push(["close", end - start]),
    text: (source, start, end) => found.push([source.slice(start, end), end - start]),
    comment: (_source, start, end) => found.push(["comment", end - start + 4]),
    isForeign: () => false,
  });
  for (const piece of pieces) tokenizer.write(piece);
  tokenizer.end();
  return found;
}

/** The number of characters that are looked at, with all attributes read. */
function readIn(pieces: readonly string[]): number {
  let read = 0;
  let foreign = 0;
  const count = (): void => {
    read += 1;
  };
  const tokenizer = new Tokenizer({
    open(source, start, nameEnd, end) {
      if (source.startsWith("svg", start)) foreign += 1;
      eachAttribute(source, nameEnd, end, count);
      findAttribute(source, nameEnd, end, "none");
    },
    close: count,
    text: count,
    comment: count,
    isForeign: () => foreign > 0,
  });
  const restore = countReads((characters) => {
    read += characters;
  });
  try {
    for (const piece of pieces) tokenizer.write(piece);
    tokenizer.end();
  } finally {
    restore();
  }
  return read;
}

/** Counts the characters that strings' methods look at, until the result is called. */
function countReads(add: (characters: number) => void): () => void {
  const names = ["charCodeAt", "indexOf"] as const;
  const [one, many] = names.map((name) => Object.getOwnPropertyDescriptor(String.prototype, name));
  const charCodeAt = one?.value as (this: string, at: number) => number;
  const indexOf = many?.value as (this: string, part: string, from?: number) => number;
  const define = (name: string, value: unknown): void => {
    // oxlint-disable-next-line no-extend-native -- for the time of one reading, to count its work
    Object.defineProperty(String.prototype, name, { value, configurable: true, writable: true });
  };
  define("charCodeAt", function read(this: string, at: number): number {
    add(1);
    return charCodeAt.call(this, at);
  });
  define("indexOf", function search(this: string, part: string, from = 0): number {
    const found = indexOf.call(this, part, from);
    add((found < 0 ? this.length : found + 1) - from);
    return found;
  });
  return () => {
    define("charCodeAt", charCodeAt);
    define("indexOf", indexOf);
  };
}
