import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FEATURES } from "../../../src/features.ts";
import { parseRules } from "../../../src/rules/parse.ts";

function faultsOf(headers: object): readonly string[] {
  const rules = { rules: [{ name: "fields", headers }] };
  const parsed = parseRules(JSON.stringify(rules), FEATURES);
  return parsed.kind === "faulty"
    ? parsed.faults.map(({ pointer, message }) => `${pointer}: ${message}`)
    : [];
}

const isValid = (headers: object): boolean => faultsOf(headers).length === 0;

describe("headers in rules", () => {
  it("may name fields that are of no connection, no content and not the proxy's", () => {
    const set = { "X-Site": "docs", authorization: "Basic eDp5", accept: "text/html" };
    const response = { "X-Frame-Options": "DENY", "cache-control": "max-age=60", link: "</a>" };
    expect(faultsOf({ request: { set, remove: ["Cookie"] } })).toEqual([]);
    expect(faultsOf({ response: { set: response, remove: ["Server", "ETag"] } })).toEqual([]);
    expect(isValid({ response: { set: { "x-empty": "" } } })).toBe(true);
  });

  it("name the place and the reason of a field that a rule can't edit", () => {
    expect(faultsOf({ request: { set: { Host: "x" } } })).toEqual([
      expect.stringMatching(/^\/rules\/0\/headers\/request\/set\/Host: .*originHost/),
    ]);
    expect(faultsOf({ response: { remove: ["x-a", "Content-Length"] } })).toEqual([
      expect.stringMatching(/^\/rules\/0\/headers\/response\/remove\/1: .*describes the content/),
    ]);
    expect(faultsOf({ response: { set: { "Set-Cookie": "a=b" } } })).toEqual([
      expect.stringMatching(/set\/Set-Cookie: a rule can remove Set-Cookie, but not set it/),
    ]);
  });

  const OF_CONNECTIONS =
    "Connection Keep-Alive Proxy-Connection TE Trailer Transfer-Encoding Upgrade Sec-WebSocket-Key";
  const OF_THE_PROXY = "Host Content-Length Content-Encoding Wayleave-Token X-Wayleave-Agent";
  it.each(`${OF_CONNECTIONS} ${OF_THE_PROXY}`.split(" "))(
    "can't edit %s in either direction",
    (name) => {
      for (const of of ["request", "response"]) {
        expect(isValid({ [of]: { set: { [name]: "x" } } })).toBe(false);
        expect(isValid({ [of]: { remove: [name.toLowerCase()] } })).toBe(false);
      }
    },
  );

  const OF_ROUTES =
    "X-Forwarded-For X_Forwarded_For Forwarded X-Real-IP X-Original-URL X-Rewrite-URL Via";
  const NEGOTIATED = "Range If-None-Match Accept-Encoding Available-Dictionary Expect";
  it.each(`${OF_ROUTES} ${NEGOTIATED}`.split(" "))("can't edit %s of a request", (name) => {
    expect(isValid({ request: { set: { [name]: "x" } } })).toBe(false);
    expect(isValid({ request: { remove: [name] } })).toBe(false);
  });

  it("have values that can't break a message", () => {
    const character = fc.constantFrom("a", "Z", "7", " ", "\t", "\r", "\n", "\0", "\x7f", "é", "€");
    const texts = fc.string({ unit: character, maxLength: 12 });
    fc.assert(
      fc.property(texts, (value) => {
        const isSafe = /^[\t\x20-\x7e]*$/.test(value) && value.trim() === value;
        expect(isValid({ response: { set: { "x-a": value } } })).toBe(isSafe);
      }),
    );
    fc.assert(
      fc.property(texts, (name) => {
        const isToken = /^[a-zA-Z0-9]+$/.test(name);
        expect(isValid({ request: { remove: [name] } })).toBe(isToken);
      }),
    );
    expect(isValid({ response: { set: { "x-a": "a".repeat(4097) } } })).toBe(false);
  });
});
