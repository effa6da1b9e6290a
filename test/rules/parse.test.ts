import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseBots, parseRules, parseValidBots } from "../../src/rules/parse.ts";
import { FEATURES } from "../../src/features.ts";

/** The faults of a text, each as `line:column pointer code: message`. */
function faultsOf(text: string): string[] {
  const parsed = parseRules(text, FEATURES);
  if (parsed.kind === "valid") return [];
  return parsed.faults.map(
    ({ line, column, pointer, code, message }) =>
      `${line}:${column} ${pointer} ${code}: ${message}`,
  );
}

describe("a rules file with faults", () => {
  it("reports every unknown key, each with the key that was meant", () => {
    expect(faultsOf('{\n  "defaults": { "markdwon": true, "xyz": 1 }\n}')).toEqual([
      '2:17 /defaults/markdwon unknown-key: unknown key "markdwon"; did you mean "markdown"?',
      '2:35 /defaults/xyz unknown-key: unknown key "xyz"',
    ]);
  });

  it("names the right place of a key that is one level too high", () => {
    expect(faultsOf('{"markdown": true, "rules": [{"name": "a", "path": "/x"}]}')).toEqual([
      '1:2 /markdown unknown-key: unknown key "markdown"; it belongs in "defaults"',
      '1:44 /rules/0/path unknown-key: unknown key "path"; it belongs in "match"',
    ]);
  });

  it.each(["__proto__", "constructor", "hasOwnProperty", "toString"])(
    "reports %s as an unknown key",
    (key) => {
      expect(faultsOf(`{"defaults": {"${key}": true}}`)).toEqual([
        `1:15 /defaults/${key} unknown-key: unknown key "${key}"`,
      ]);
    },
  );

  it("names a key that appears twice", () => {
    expect(faultsOf('{"origin": "http://a",\n "origin": "http://b"}')).toEqual([
      '2:2 /origin duplicate-key: the key "origin" appears twice',
    ]);
  });

  it("does not call a misspelt key missing as well", () => {
    expect(faultsOf('{"rules": [{"nam": "x"}]}')).toEqual([
      '1:13 /rules/0/nam unknown-key: unknown key "nam"; did you mean "name"?',
    ]);
  });

  it.each([
    ['{"defaults": {"markdown": 3}}', 'expected true, false, "observe" or an object, not 3'],
    [
      '{"defaults": {"markdown": "obsrve"}}',
      'expected true, false, "observe" or an object, not "obsrve"; did you mean "observe"?',
    ],
    ['{"defaults": {"markdown": {"indexMd": 1}}}', "expected true or false, not 1"],
    ['{"defaults": []}', "expected an object, not a list"],
    ['{"rules": {}}', "expected a list of objects, not an object"],
    ['{"rules": [{"name": ""}]}', "may not be empty"],
    ['{"rules": [{}]}', 'missing key "name"'],
    ['{"agents": {"trustedProxyHops": -1}}', "expected 0 or more, not -1"],
    ['{"agents": {"trustedProxyHops": 1.5}}', "expected a whole number, not 1.5"],
    ['{"agents": {"directories": "x"}}', 'expected a list of strings, not "x"'],
    ['{"origin": null}', "expected a string, not null"],
    [
      '{"origin": "x"}',
      'expected an origin such as "https://origin.internal", without a path, or a name in "origins", not "x"',
    ],
    [
      '{"rules": [{"name": "a", "match": {"agent": {"category": "AI Crwler"}}}]}',
      'unknown value "AI Crwler"; did you mean "AI Crawler"?',
    ],
    ['{"rules": [{"name": "a", "match": {"path": "x"}}]}', 'a path must begin with "/"'],
    ["[]", "expected an object, not a list"],
  ])("reads well: %s", (text, message) => {
    expect(faultsOf(text).map((fault) => fault.replace(/^[^:]*:[^:]*: /, ""))).toEqual([message]);
  });

  it.each([
    ["https://cdn.example/app.*.js", /^browsers ignore a dictionary for another origin/],
    ["//cdn.example/app.*.js", /^browsers ignore a dictionary for another origin/],
    ["/app.(\\\\d+).js", /^browsers ignore a dictionary whose pattern has regular expression/],
    ["/app.js?v=*", /^the pattern is for the path/],
    ["/düsseldorf/*", /percent-encode/],
  ])("refuses a dictionary pattern that would be ignored: %s", (match, message) => {
    const text = `{"rules": [{"name": "a",\n"compression": {"dictionary": {"match": "${match}"}}}]}`;
    const parsed = parseRules(text, FEATURES);
    expect(parsed).toMatchObject({ kind: "faulty", faults: [{ line: 2, column: 41 }] });
    expect(parsed.kind === "faulty" && parsed.faults[0]?.message).toMatch(message);
  });

  it.each([
    ['{ "match": ["/a/*", "/b/(.*)"] }', /^browsers ignore a dictionary whose pattern/],
    ['{ "match": [] }', /./],
    ['{ "deltas": "./deltas", "auto": false }', /^"deltas" needs "match", or the automatic mode/],
    ['{ "match": ["/a/*", "/b/*"], "from": "/a.dict" }', /^"from" needs one pattern in "match"/],
    ['{ "from": "/a.dict" }', /^"from" needs one pattern in "match"/],
  ])("refuses a dictionary without effect: %s", (dictionary, message) => {
    const parsed = parseRules(
      `{ "defaults": { "compression": { "dictionary": ${dictionary} } } }`,
      FEATURES,
    );
    expect(parsed.kind === "faulty" && parsed.faults[0]?.message).toMatch(message);
  });

  it("accepts prebuilt deltas with a pattern, and in the automatic mode", () => {
    for (const rest of ["", ', "match": "/a/*"', ', "match": ["/a/*", "/b/:c.*.js"]']) {
      const dictionary = `{ "deltas": "./deltas"${rest} }`;
      const text = `{ "defaults": { "compression": { "dictionary": ${dictionary} } } }`;
      expect(parseRules(text, FEATURES).kind).not.toBe("faulty");
    }
  });

  it.each([
    ["", "1:1", "the file is empty"],
    ["// only this\n", "1:1", "the file is empty"],
    ["{ a: 1 }", "1:3", "not a value; text goes in double quotes"],
    ['{\n  "origin": "x\n}', "2:13", "the string is not closed in its line"],
    ["{", "1:2", 'expected "}"'],
    ["{} {}", "1:4", "nothing may follow the end of the object"],
    ["[".repeat(50_000), "1:65", "nested more than 64 levels deep"],
  ])("reports the place of a syntax fault (%#)", (text, place, message) => {
    expect(faultsOf(text)).toEqual([`${place}  syntax: ${message}`]);
  });

  it("continues behind a missing comma", () => {
    expect(faultsOf('{"defaults": {}\n "orign": "http://a"}')).toEqual([
      '2:2  syntax: expected "," before this',
      '2:2 /orign unknown-key: unknown key "orign"; did you mean "origin"?',
    ]);
  });

  it("counts lines of any ending, and columns behind a byte order mark", () => {
    expect(faultsOf('\uFEFF{"x": 1}')).toEqual(['1:2 /x unknown-key: unknown key "x"']);
    expect(faultsOf('{\r\n"x": 1}')).toEqual(['2:1 /x unknown-key: unknown key "x"']);
  });

  it("shows no control characters and no endless words", () => {
    const [fault] = faultsOf(`{"origin": "${"\\u001b[31m\u202E".repeat(100)}"}`);
    expect(fault).toMatch(/not "(?:\\u001b\[31m\\u202e)+.*…"$/);
    expect(fault).not.toMatch(/[\p{Cc}\u202e]/u);
    expect((fault ?? "").length).toBeLessThan(300);
  });

  it("reports ten faults of ten kinds in one run, in the order of the file", () => {
    const text = `{
  "origin": "ftp://x",
  "publicOrgin": "https://a.example",
  "originHost": "mine",
  "agents": { "trustedProxyHops": 99, "bots": [{ "name": "B" }] },
  "defaults": { "markdown": { "maxBytes": 5 } },
  "rules": [
    { "match": { "path": "no-slash" } },
    { "name": "a", "compression": { "dictionary": { "match": "/(x)", "keepFor": "soon" } } }
  ]
}`;
    const lines = faultsOf(text).map((fault) => fault.split(" ")[0]);
    expect(lines).toEqual([
      "2:13",
      "3:3",
      "4:17",
      "5:35",
      "5:48",
      "5:48",
      "6:43",
      "8:5",
      "8:26",
      "9:62",
      "9:81",
    ]);
  });
});

it("gives the faults of a bot table their own places", () => {
  const parsed = parseBots(
    '[\n  { "name": "X", "tokns": [],\n    "operator": "O", "category": "Other" }\n]',
  );
  expect(parsed).toMatchObject({
    kind: "faulty",
    faults: [{ pointer: "/0/tokns", line: 2, column: 18, code: "unknown-key" }],
  });
});

describe("a valid bot table", () => {
  const entry = (name: string, more = "") =>
    `{"name": ${JSON.stringify(name)}, "operator": "O", "category": "Other"${more}}`;

  it.each([
    ["the built-in one", readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8")],
    ["with comments and commas at ends", `[ // a\n${entry("a", ",")} ,\n // b, ]\n ]`],
    [
      "with marks of comments in texts",
      `[${entry("a // b")}, ${entry('c, ] , } " // d,]')}, ${entry("e\\\\")}]`,
    ],
    ["as JSON", `[${entry("a")}]`],
    ["that is empty", "[]"],
  ])("is read alike in little time: %s", (_, text) => {
    const read = parseBots(text);
    expect(read.kind).toBe("valid");
    expect(parseValidBots(text)).toEqual(read.kind === "valid" ? read.value : undefined);
  });

  it.each(["", "[", "{}", `[${entry("a", ', "x": 1')}]`, `[${entry("")}]`, "[1]", "[/* x */]"])(
    "is left to the parser that reports faults: %s",
    (text) => {
      expect(parseValidBots(text)).toBeUndefined();
    },
  );
});
