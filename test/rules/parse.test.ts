import { describe, expect, test } from "vitest";
import { loadRules, RulesError } from "../../src/rules/load.ts";
import { parseRules, type Fault } from "../../src/rules/parse.ts";

function faultsOf(text: string): readonly Fault[] {
  const parsed = parseRules(text);
  return parsed.kind === "faulty" ? parsed.faults : [];
}

function only(text: string): Fault | undefined {
  const [first, ...more] = faultsOf(text);
  expect(more).toEqual([]);
  return first;
}

describe("parseRules", () => {
  test("takes comments, trailing commas, a byte order mark and an empty object", () => {
    expect(parseRules('\uFEFF// why\n{ "rules": [], /* x */ }').kind).toBe("valid");
    expect(parseRules("{}").kind).toBe("valid");
  });

  test("names several faults at once, each with its place", () => {
    const text = [
      "{",
      '  "publicOrigin": "https://a.example/path",',
      '  "defaults": { "markdwon": true, "compresion": true },',
      '  "rules": [',
      '    { "match": { "path": "docs" }, "markdown": { "maxBytes": "1", "frontmater": true } },',
      "  ],",
      "}",
    ].join("\n");
    const found = faultsOf(text).map(({ pointer, line, column, code }) => [
      pointer,
      line,
      column,
      code,
    ]);
    expect(found).toEqual([
      ["/publicOrigin", 2, 19, "invalid-value"],
      ["/defaults/markdwon", 3, 17, "unknown-key"],
      ["/defaults/compresion", 3, 35, "unknown-key"],
      ["/rules/0/name", 5, 5, "missing-key"],
      ["/rules/0/match/path", 5, 26, "invalid-value"],
      ["/rules/0/markdown/maxBytes", 5, 62, "invalid-value"],
      ["/rules/0/markdown/frontmater", 5, 67, "unknown-key"],
    ]);
  });

  test.each([
    [
      '{"rules":[{"name":"a","markdwon":true}]}',
      'unknown key "markdwon"; did you mean "markdown"?',
    ],
    ['{"defualts":{}}', 'unknown key "defualts"; did you mean "defaults"?'],
    [
      '{"rules":[{"name":"a","match":{"agent":{"evidance":"claim"}}}]}',
      'unknown key "evidance"; did you mean "evidence"?',
    ],
    [
      '{"defaults":{"compression":{"dictionary":{"match":"/a","kepFor":"1d"}}}}',
      'unknown key "kepFor"; did you mean "keepFor"?',
    ],
    ['{"something":{}}', 'unknown key "something"'],
  ])("%s: %s", (text, message) => {
    expect(only(text)).toMatchObject({ code: "unknown-key", message });
  });

  test.each(["access", "discovery", "debug", "sharedCaches"])(
    "says that %s is not there yet",
    (key) => {
      const fault = only(JSON.stringify({ rules: [{ name: "a", [key]: true }] }));
      expect(fault).toMatchObject({ pointer: `/rules/0/${key}`, code: "not-available" });
    },
  );

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "%s is a key that is not known, anywhere",
    (key) => {
      expect(only(`{"${key}": {"markdown": true}}`)).toMatchObject({ pointer: `/${key}` });
      expect(only(`{"defaults": {"markdown": {"${key}": 1}}}`)).toMatchObject({
        code: "unknown-key",
      });
      expect(({} as Record<string, unknown>)["markdown"]).toBeUndefined();
    },
  );

  test("a key that is there twice is a fault, not a choice", () => {
    const text = '{"defaults":{"markdown":true,\n"markdown":false}}';
    expect(only(text)).toMatchObject({
      pointer: "/defaults/markdown",
      line: 2,
      column: 1,
      code: "duplicate-key",
    });
  });

  test("an array is no object, an empty one neither", () => {
    expect(only("[]")).toMatchObject({ pointer: "" });
    expect(only('{"rules":[{"name":"a","match":[]}]}')).toMatchObject({
      pointer: "/rules/0/match",
      code: "invalid-value",
    });
  });

  test("pointers escape what RFC 6901 escapes", () => {
    expect(only('{"a/b~c": 1}')).toMatchObject({ pointer: "/a~1b~0c" });
  });

  test.each(["", "  ", "// only a comment", '{"rules": [', "{'rules': []}", '{"a" 1}'])(
    "%j is a syntax fault",
    (text) => {
      expect(faultsOf(text)[0]).toMatchObject({ code: "syntax", pointer: "" });
    },
  );

  test.each([
    ['{"rules":[{"name":"","markdown":true}]}', "/rules/0/name"],
    ['{"defaults":{"markdown":"on"}}', "/defaults/markdown"],
    ['{"defaults":{"markdown":null}}', "/defaults/markdown"],
    ['{"agents":{"trustedProxyHops":-1}}', "/agents/trustedProxyHops"],
    ['{"origin":"ftp://a"}', "/origin"],
    ['{"origin":"https://u:p@a"}', "/origin"],
    [
      '{"defaults":{"compression":{"dictionary":{"match":"/(a)"}}}}',
      "/defaults/compression/dictionary/match",
    ],
    [
      '{"defaults":{"compression":{"dictionary":{"match":"/ä"}}}}',
      "/defaults/compression/dictionary/match",
    ],
    [
      '{"defaults":{"compression":{"dictionary":{"match":"/a","keepFor":"0d"}}}}',
      "/defaults/compression/dictionary/keepFor",
    ],
    [
      '{"rules":[{"name":"a","match":{"agent":{"category":["Nothing"]}}}]}',
      "/rules/0/match/agent/category/0",
    ],
  ])("%s is wrong at %s", (text, pointer) => {
    const fault = only(text);
    expect(fault).toMatchObject({ pointer, code: "invalid-value" });
    expect(fault?.message).toMatch(/\w/);
  });
});

function load(rules: unknown, builtIn = "[]", files: Record<string, string> = {}) {
  return loadRules(JSON.stringify(rules), "rules.jsonc", builtIn, (path) => files[path]);
}

describe("loadRules", () => {
  const BOT = { name: "A", operator: "O", category: "Other" };
  test("merges the operator's bots over the built-in ones by name", () => {
    const builtIn = JSON.stringify([BOT, { ...BOT, name: "B" }]);
    const { bots } = load({ agents: { bots: [{ ...BOT, operator: "P" }] } }, builtIn);
    expect(bots.map(({ name, operator }) => `${name} ${operator}`)).toEqual(["A P", "B O"]);
    const { bots: read } = load({ agents: { bots: "b" } }, "[]", { b: JSON.stringify([BOT]) });
    expect(read).toHaveLength(1);
  });

  test("faults throw, with file, line and column", () => {
    expect(() => load({ markdwon: 1 })).toThrow("rules.jsonc:1:2: unknown key");
    expect(() => load({ agents: { bots: "missing" } })).toThrow(RulesError);
    expect(() => load({}, "[{}]")).toThrow(RulesError);
  });

  test("half a bot table does not pass for a whole one", () => {
    const table = `[${JSON.stringify(BOT)}`;
    expect(() => load({ agents: { bots: "b" } }, "[]", { b: table })).toThrow(RulesError);
  });
});
