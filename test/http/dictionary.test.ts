import { describe, expect, test } from "vitest";
import {
  formatUseAsDictionary,
  frameDelta,
  isReadable,
  parseAvailableDictionary,
} from "../../src/http/dictionary.ts";

const HASH = Uint8Array.from({ length: 32 }, (_, i) => i);
const FIELD = `:${Buffer.from(HASH).toString("base64")}:`;

describe("parseAvailableDictionary (RFC 9842 §2.2)", () => {
  test("gives the hash, with parameters and blanks around it too", () => {
    expect(parseAvailableDictionary(FIELD)).toEqual(HASH);
    expect(parseAvailableDictionary(` ${FIELD};a=1 `)).toEqual(HASH);
  });

  test.each([
    ["an absent field", undefined],
    ["an empty field", ""],
    ["a doubled field", `${FIELD}, ${FIELD}`],
    ["a string", `"${FIELD}"`],
    ["a token", "sha-256"],
    ["no closing colon", FIELD.slice(0, -1)],
    ["a short hash", `:${Buffer.alloc(31).toString("base64")}:`],
    ["a long hash", `:${Buffer.alloc(33).toString("base64")}:`],
    ["a dictionary", `sha-256=${FIELD}`],
    ["a very long field", `${FIELD};a=${"1".repeat(5000)}`],
  ])("ignores %s", (_name, value) => {
    expect(parseAvailableDictionary(value)).toBeUndefined();
  });
});

describe("frameDelta (RFC 9842 §4, §5)", () => {
  const stream = Uint8Array.of(1, 2, 3);
  test.each([
    ["dcb", "ff444342"],
    ["dcz", "5e2a4d1820000000"],
  ] as const)("%s: magic, hash, stream", (coding, magic) => {
    const hex = Buffer.from(frameDelta(coding, HASH, stream)).toString("hex");
    expect(hex).toBe(`${magic}${Buffer.from(HASH).toString("hex")}010203`);
  });
});

describe("formatUseAsDictionary (RFC 9842 §2.1)", () => {
  test("writes the given parameters, and no more", () => {
    expect(formatUseAsDictionary({ match: "/a/*" })).toBe('match="/a/*"');
    expect(formatUseAsDictionary({ match: "/a", matchDest: [], id: undefined })).toBe('match="/a"');
    expect(formatUseAsDictionary({ match: "/a", matchDest: ["script", ""], id: "x" })).toBe(
      'match="/a", match-dest=("script" ""), id="x"',
    );
  });

  test("escapes quotes and backslashes", () => {
    expect(formatUseAsDictionary({ match: "/a", id: String.raw`"\ ` })).toBe(
      String.raw`match="/a", id="\"\\ "`,
    );
  });
});

function readable(fields: Record<string, string>, allowOrigin?: string): boolean {
  return isReadable((name) => fields[name], allowOrigin);
}

describe("isReadable (RFC 9842 §9.3.3)", () => {
  test.each([
    [{}],
    [{ "sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors" }],
    [{ "sec-fetch-site": "cross-site" }],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "same-origin" }],
  ] as Record<string, string>[][])("allows %j", (fields) => {
    expect(readable(fields ?? {})).toBe(true);
  });

  test.each([
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
    [{ "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" }],
    [{ "sec-fetch-site": "none", "sec-fetch-mode": "websocket" }],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }],
    [{ "sec-fetch-site": "", "sec-fetch-mode": "" }],
  ] as Record<string, string>[][])("refuses %j", (fields) => {
    expect(readable(fields ?? {}, "*")).toBe(false);
  });

  test("cors needs an Origin that the response allows", () => {
    const cors = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", origin: "https://a" };
    expect(readable(cors, "*")).toBe(true);
    expect(readable(cors, "https://a")).toBe(true);
    expect(readable(cors, "https://b")).toBe(false);
    expect(readable(cors)).toBe(false);
  });
});
