import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRemark } from "../../src/cli/remarks.ts";
import { compileRules } from "../../src/rules/compile.ts";
import { readRules } from "../../src/rules/load.ts";
import { parseRules } from "../../src/rules/parse.ts";
import { findWarnings } from "../../src/rules/warnings.ts";
import { FEATURES } from "../../src/features.ts";
import { runsOf } from "../support/sample.ts";

const ANONYMOUS = { kind: "anonymous" } as const;

/** Keys and words of real rules, so that random files get past the first fault. */
const KEYS = (
  "$schema origin publicOrigin originHost agents bots defaults rules name match path host method " +
  "agent category behaviour evidence markdown compression canonicalRedirect dictionary mode status " +
  "maxScan directories trustedProxyHops __proto__ constructor toString access percentage action " +
  "sharedCaches engine documents"
).split(" ");
const WORDS = (
  "observe enforce /* /v1/:a /(x) //a https://a.example GET get Training verified 30d ./bots.jsonc " +
  "defaults challenge bypass turndown www.Example.com. /%7e/../* GPTBot \u202E\u001b"
).split(" ");

const key = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...KEYS) }, fc.string());
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom(...WORDS),
    fc.oneof(fc.boolean(), fc.constant(null), fc.double(), fc.integer(), fc.string()),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie("tree")), { maxLength: 6 }).map((pairs) => new Pairs(pairs)),
  ),
}));

/** An object that may have a key twice. */
class Pairs {
  readonly pairs: readonly (readonly [string, unknown])[];
  constructor(pairs: readonly (readonly [string, unknown])[]) {
    this.pairs = pairs;
  }
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(", ")}]`;
  if (!(value instanceof Pairs)) return JSON.stringify(value);
  const lines = value.pairs.map(([key, each]) => `${JSON.stringify(key)}: ${write(each)}`);
  return `{\n${lines.join(",\n")}\n}`;
}

/** A file that is right in most of its parts, one subtree of it random. */
const nearlyRight = fc.tuple(fc.constantFrom(...KEYS), tree).map(
  ([key, value]) =>
    new Pairs([
      ["defaults", new Pairs([["markdown", true]])],
      [
        "rules",
        [
          new Pairs([
            ["name", "a"],
            ["match", new Pairs([])],
            [key, value],
          ]),
        ],
      ],
      [key, value],
    ]),
);

const files = fc.oneof(tree.map(write), nearlyRight.map(write), fc.string());

const DAMAGE = "{ } [ ] , : \" \\ / * ' 0 e - u \n".split(" ");

/** A text with a few characters taken out or put in. */
const damaged = fc
  .tuple(files, fc.array(fc.tuple(fc.nat(400), fc.constantFrom(...DAMAGE)), { maxLength: 3 }))
  .map(([text, edits]) =>
    edits.reduce((all, [at, char]) => all.slice(0, at) + char + all.slice(at + 1), text),
  );

describe("any file", () => {
  it("is checked without throwing, each fault once and inside of the file", () => {
    fc.assert(
      fc.property(fc.oneof(files, damaged), (text) => {
        const read = readRules(
          text,
          "[]",
          (path) => (path === "./bots.jsonc" ? "[]" : undefined),
          FEATURES,
        );
        const remarks = read.kind === "faulty" ? read.faults : findWarnings(read);
        expect(read.kind === "valid" || remarks.length > 0).toBe(true);
        if (read.kind === "valid") {
          const request = { method: "GET", host: "a", path: "/v1/%2f", agent: ANONYMOUS };
          expect(
            compileRules(read.rules, FEATURES).forRequest(request)("markdown").mode,
          ).toBeTypeOf("string");
        }
        const lines = text.split(/\r\n|\r|\n/);
        for (const remark of remarks) {
          const { line, column, message } = remark;
          const shown = formatRemark("fault", "rules", remark, lines, false);
          expect(shown).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
          expect(message).not.toMatch(/not undefined|\[object|\p{Cc}|\u202e/iu);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column - 1).toBeLessThanOrEqual((lines[line - 1] as string).length);
        }
        expect(new Set(remarks.map((each) => JSON.stringify(each))).size).toBe(remarks.length);
      }),
      { numRuns: runsOf(3000, 600) },
    );
  });

  it("that is accepted has only keys that the schema knows", () => {
    fc.assert(
      fc.property(nearlyRight.map(write), (text) => {
        const parsed = parseRules(text, FEATURES);
        const isStrange = /"(?:__proto__|constructor|toString)": /.test(text);
        expect(parsed.kind === "valid" && isStrange).toBe(false);
      }),
      { numRuns: runsOf(1000, 300) },
    );
  });
});
