import { describe, expect, test } from "vitest";
import { FieldList } from "../../src/http/fields.ts";
import { setForwarded, trustedMember, type ForwardedFacts } from "../../src/http/forwarded.ts";

describe("trustedMember", () => {
  test("counts from the end, to which the proxies next to us append", () => {
    expect(trustedMember("evil, client, proxy", 1)).toBe("proxy");
    expect(trustedMember("evil, client, proxy", 2)).toBe("client");
  });

  test("trusts no member with no hops, and the first one if proxies replace instead of appending", () => {
    expect(trustedMember("client", 0)).toBeUndefined();
    expect(trustedMember("https", 2)).toBe("https");
    expect(trustedMember("", 1)).toBeUndefined();
    expect(trustedMember(undefined, 1)).toBeUndefined();
  });

  test("a quote of the client's does not swallow the proxy's member", () => {
    expect(trustedMember('"evil, 192.0.2.1', 1)).toBe("192.0.2.1");
    expect(trustedMember('"evil\\, client, proxy', 2)).toBe("client");
  });

  test("empty members count for nothing", () => {
    expect(trustedMember("a, , b,", 1)).toBe("b");
  });
});

describe("setForwarded", () => {
  const FACTS = { received: undefined, hops: 0, scheme: "https", host: "www.example.com" } as const;
  const written = (
    facts: Partial<ForwardedFacts>,
    which: "legacy" | "standard" | "both" | "none",
  ) => {
    const fields = FieldList.from(["Forwarded", "for=6.6.6.6", "X-Forwarded-For", "6.6.6.6"]);
    setForwarded(fields, { ...FACTS, peer: "192.0.2.1", ...facts }, which);
    return Object.fromEntries(fields.lines());
  };

  test("writes the fields that the origin wants, and no others", () => {
    const standard = { Forwarded: "for=192.0.2.1;host=www.example.com;proto=https" };
    const legacy = {
      "X-Forwarded-For": "192.0.2.1",
      "x-forwarded-host": "www.example.com",
      "x-forwarded-proto": "https",
    };
    expect(written({}, "both")).toEqual({ ...standard, ...legacy });
    expect(written({}, "standard")).toEqual(standard);
    expect(written({}, "legacy")).toEqual(legacy);
    expect(written({}, "none")).toEqual({});
  });

  test.each([
    ['a",for=6.6.6.6;host="b', String.raw`"a\",for=6.6.6.6;host=\"b"`],
    ["a\\", String.raw`"a\\"`],
    ["example.com:8443", '"example.com:8443"'],
    ["[2001:db8::1]", '"[2001:db8::1]"'],
  ])("a host is one value, whatever is in it: %s", (host, value) => {
    const { Forwarded } = written({ host }, "standard");
    expect(Forwarded).toBe(`for=192.0.2.1;host=${value};proto=https`);
  });

  test.each([
    ["192.0.2.9", "192.0.2.9", "192.0.2.9"],
    ["2001:db8::9", '"[2001:db8::9]"', "2001:db8::9"],
    ['"[2001:db8::9]:47"', '"[2001:db8::9]:47"', '"[2001:db8::9]:47"'],
    ["192.0.2.9:47", '"192.0.2.9:47"', "192.0.2.9:47"],
    ["a;host=evil.example", "unknown", "unknown"],
    ['"x', "unknown", '"x'],
    ["x y", "unknown", "unknown"],
  ])("a member of a trusted proxy's list is one node: %s", (received, standard, legacy) => {
    const got = written({ received, hops: 1 }, "both");
    expect(got["Forwarded"]).toBe(
      `for=${standard};host=www.example.com;proto=https, for=192.0.2.1`,
    );
    expect(got["X-Forwarded-For"]).toBe(`${legacy}, 192.0.2.1`);
  });
});
